import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { readProof } from '../../src/certificates/index.js';
import { readModel } from '../../src/index.js';
import { oneLineOf, relucent, workFolder } from './run.js';

const folder = workFolder();
const cwd = folder.path;

/** Noise in eight columns. */
function noiseCsv(rows: number, seed: number, labels = false): string {
  const random = createRandom(seed);
  const lines = Array.from({ length: rows }, () => {
    const cells = Array.from({ length: 9 }, () => random.normal().toFixed(4));
    if (labels) cells[8] = Number(cells[8]) > 0 ? 'yes' : 'no';
    return cells.join(',');
  });
  return `${Array.from({ length: 8 }, (_, k) => `x${k}`).join(',')},y\n${lines.join('\n')}\n`;
}

// Random gates: their certificate takes no time and bounds all networks by the cheap methods only
const some = ['--test-fraction', '0', '--patterns', '60'];
const fit = ['fit', 'data.csv', '--target', 'y', '--lambda', '0.03', ...some];
const verify = ['verify', 'model.json', 'data.csv', '--prove'];
const proofOf = (name: string) => readProof(readFileSync(folder.at(name), 'utf8'));
const boundIn = (text: string): number =>
  Number(
    /[✓!] proved: no two-layer .{0,60} objective below (\S+) \(yours/.exec(text.replace(/\s+/g, ' '))?.[1] ?? 'NaN',
  );

let fitted = '';
beforeAll(async () => {
  writeFileSync(folder.at('data.csv'), noiseCsv(60, 1));
  writeFileSync(folder.at('other.csv'), noiseCsv(60, 2));
  writeFileSync(folder.at('classes.csv'), noiseCsv(60, 3, true));
  const { code, stdout } = await relucent([...fit, '--prove', '--prove-gap', '55%'], { cwd });
  expect(code).toBe(0);
  fitted = stdout;
}, 60_000);
afterAll(() => folder.remove());

describe('fit --prove', () => {
  it('prints a bound below the objective and keeps its proof beside the model', () => {
    const { certificate } = readModel(readFileSync(folder.at('model.json'), 'utf8'));
    const { bound } = proofOf('model.proof.json');
    expect(fitted.replace(/\s+/g, ' ')).toMatch(
      /✓ proved: no two-layer ReLU network, of any width, has an objective below \S+ \(yours: \S+, gap \d+ %\)/,
    );
    expect(boundIn(fitted)).toBeLessThanOrEqual(bound);
    expect(bound).toBeLessThan(certificate.primal);
    expect(bound).toBeGreaterThan(0.44 * certificate.primal);
    expect(bound).toBeGreaterThan(certificate.bound);
    expect(folder.files().filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('says it in JSON, with the logistic loss and a hidden bias', async () => {
    const typed = 'fit classes.csv --target y --lambda 0.004 --hidden-bias --no-output-bias -o classes.json --json';
    const args = [...typed.split(' '), ...some, '--prove', '--prove-gap', '60%'];
    const { code, stdout } = await relucent(args, { cwd });
    expect(code).toBe(0);
    const { proof, certificate } = JSON.parse(stdout);
    expect(proof).toMatchObject({ status: 'solved', file: 'classes.proof.json' });
    expect(proof.gap).toBeLessThanOrEqual(0.6);
    expect(proof.bound).toBe(proofOf('classes.proof.json').bound);
    expect(proof.bound).toBeLessThan(certificate.primal);
    expect((await relucent(['verify', 'classes.json', 'classes.csv', '--prove'], { cwd })).code).toBe(0);
  }, 60_000);

  it('needs no proof where the certificate closes the gap', async () => {
    const args = ['fit', 'data.csv', '--target', 'y', '--lambda', '10', '-o', 'constant.json', '--prove'];
    const { code, stdout } = await relucent(args, { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('by the certificate; no file of multipliers is needed');
    expect(folder.files()).not.toContain('constant.proof.json');
  });
});

describe('verify --prove', () => {
  it('derives the bound again from the file', async () => {
    const { code, stdout } = await relucent(verify, { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('✓ proved');
    expect(boundIn(stdout)).toBe(boundIn(fitted));
  });

  it.each([
    ['a larger bound', (text: string) => text.replace(/"bound":(0\.\d+)/, (_, b) => `"bound":${Number(b) * 1.0001}`)],
    ['other multipliers', (text: string) => text.replace(/("diagonal":".{41})../g, '$1AA')],
    ['other data', (text: string) => text.replace(/"dataDigest":"../, '"dataDigest":"zz')],
  ])('rejects a file with %s, exit code 7', async (_, change) => {
    const text = readFileSync(folder.at('model.proof.json'), 'utf8');
    expect(change(text)).not.toBe(text);
    writeFileSync(folder.at('bad.json'), readFileSync(folder.at('model.json')));
    writeFileSync(folder.at('bad.proof.json'), change(text));
    const { code, stderr, stdout } = await relucent(['verify', 'bad.json', 'data.csv', '--prove'], { cwd });
    expect(code).toBe(7);
    expect(stderr).toMatch(/bad\.proof\.json: proof rejected: /);
    expect(stdout).not.toContain('✓ proved: no two-layer ReLU network, of any width, has');
  });

  it('rejects other data', async () => {
    const outcome = await relucent(['verify', 'model.json', 'other.csv', '--prove'], { cwd });
    expect(outcome.code).toBe(7);
    expect(outcome.stdout).not.toContain('✓ proved: no two-layer ReLU network, of any width, has');
  });

  it('says in one line that a file is cut off', async () => {
    writeFileSync(folder.at('cut.json'), readFileSync(folder.at('model.json')));
    writeFileSync(folder.at('cut.proof.json'), readFileSync(folder.at('model.proof.json'), 'utf8').slice(0, 999));
    const outcome = await relucent(['verify', 'cut.json', 'data.csv', '--prove'], { cwd });
    expect(outcome.code).toBe(5);
    expect(oneLineOf(outcome)).toMatch(/cut\.proof\.json: is no proof file/);
  });
});

describe('Ctrl-C during a proof', () => {
  it('prints the last bound, keeps a file that verifies, and --resume goes on', async () => {
    let sent = false;
    const stopped = await relucent([...fit, '-o', 'slow.json', '--prove', '--prove-gap', '0.1%'], {
      cwd,
      onStderr: (stderr, kill) => {
        if (sent || !stderr.includes('proof · ')) return;
        sent = true;
        setTimeout(() => kill('SIGINT'), 1500);
      },
    });
    expect(stopped.code).toBe(130);
    const bound = boundIn(stopped.stdout);
    expect(bound).toBeGreaterThan(0);
    const again = await relucent(['verify', 'slow.json', 'data.csv', '--prove'], { cwd });
    expect(again.code).toBe(0);
    expect(boundIn(again.stdout)).toBe(bound);
    const onward = [
      'verify',
      'slow.json',
      'data.csv',
      '--prove',
      '--resume',
      '--prove-gap',
      '0.1%',
      '--time-limit',
      '3s',
    ];
    const more = await relucent(onward, { cwd });
    expect(more.code).toBe(0);
    expect(more.stdout.replace(/\s+/g, ' ')).toContain('goes on from slow.proof.json, which proves');
    expect(boundIn(more.stdout)).toBeGreaterThanOrEqual(bound);
  }, 60_000);

  it('begins anew, and says so, where the proof is of other data', async () => {
    writeFileSync(folder.at('fresh.proof.json'), readFileSync(folder.at('model.proof.json')));
    const args = fit.map((part) => (part === 'data.csv' ? 'other.csv' : part));
    const { code, stderr } = await relucent([...args, '-o', 'fresh.json', '--prove', '--prove-gap', '55%'], { cwd });
    expect(code).toBe(0);
    expect(stderr).toContain('fresh.proof.json: begun anew: the proof is about other data');
    expect(proofOf('fresh.proof.json').dataDigest).not.toBe(proofOf('model.proof.json').dataDigest);
  }, 60_000);
});
