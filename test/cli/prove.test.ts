import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { readProof } from '../../src/certificates/index.js';
import { proveStep, verifyProofFile } from '../../src/cli/prove.js';
import type { Session } from '../../src/cli/session.js';
import { fitTable, parseTable, readModel, type Table } from '../../src/index.js';
import { relucent, workFolder } from './run.js';

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
const quick = { target: 'y', testFraction: 0, patterns: 60, threads: 1 } as const;
const fit = ['fit', 'data.csv', '--target', 'y', '--lambda', '0.03', ...some];
const proofOf = (name: string) => readProof(readFileSync(folder.at(name), 'utf8'));
const boundIn = (text: string): number =>
  Number(
    /[✓!] proved: no two-layer .{0,90} objective below (\S+) \(yours/.exec(text.replace(/\s+/g, ' '))?.[1] ?? 'NaN',
  );

/** A session in this process, where starting another would take most of the time of a test. */
function listener(): { session: Session; printed: string[] } {
  const printed: string[] = [];
  const text = {
    section: (_: string, lines: string[]) => void printed.push(...lines),
    paint: (_: string, words: string) => words,
    line: () => undefined,
  };
  const progress = { update: () => undefined, clear: () => undefined };
  const warn = (line: string) => void printed.push(line);
  const { signal } = new AbortController();
  return { session: { text, progress, warn, signal } as unknown as Session, printed };
}

const tableOf = (name: string): Promise<Table> => parseTable(readFileSync(folder.at(name)), { name });

/** What `verify --prove` prints of a proof file. */
async function checked(model: string, proof: string, data: string): Promise<string> {
  const { session, printed } = listener();
  const network = readModel(readFileSync(folder.at(model), 'utf8'));
  try {
    await verifyProofFile(session, folder.at(proof), network, await tableOf(data));
  } catch (error) {
    expect(printed.join('\n')).not.toContain('✓');
    throw error;
  }
  return printed.join('\n');
}

let fitted = '';
beforeAll(async () => {
  writeFileSync(folder.at('data.csv'), noiseCsv(40, 1));
  writeFileSync(folder.at('other.csv'), noiseCsv(40, 2));
  writeFileSync(folder.at('classes.csv'), noiseCsv(40, 3, true));
  const { code, stdout } = await relucent([...fit, '--prove', '--prove-gap', '42%'], { cwd });
  expect(code).toBe(0);
  fitted = stdout;
}, 60_000);
afterAll(() => folder.remove());

describe('fit --prove', () => {
  it('prints a bound below the objective and keeps its proof beside the model', () => {
    const { certificate } = readModel(readFileSync(folder.at('model.json'), 'utf8'));
    const { bound } = proofOf('model.proof.json');
    expect(fitted.replace(/\s+/g, ' ')).toMatch(
      /✓ proved: no two-layer ReLU network without hidden biases, of any width, has an objective below \S+ \(yours: \S+, gap \d+ %\)/,
    );
    expect(boundIn(fitted)).toBeLessThanOrEqual(bound);
    expect(bound).toBeLessThan(certificate.primal);
    expect(bound).toBeGreaterThan(0.57 * certificate.primal);
    expect(bound).toBeGreaterThan(certificate.bound);
    expect(folder.files().filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('says it in JSON, with the logistic loss and a hidden bias', async () => {
    const typed = 'fit classes.csv --target y --lambda 0.004 --hidden-bias --no-output-bias -o classes.json --json';
    const args = [...typed.split(' '), ...some, '--prove', '--prove-gap', '42%'];
    const { code, stdout } = await relucent(args, { cwd });
    expect(code).toBe(0);
    const { proof, certificate } = JSON.parse(stdout);
    expect(proof).toMatchObject({ status: 'solved', file: 'classes.proof.json' });
    expect(proof.gap).toBeLessThanOrEqual(0.42);
    expect(proof.bound).toBe(proofOf('classes.proof.json').bound);
    expect(proof.bound).toBeLessThan(certificate.primal);
    expect(await checked('classes.json', 'classes.proof.json', 'classes.csv')).toContain(
      '✓ proved: no two-layer ReLU network without an output bias, of any width, has',
    );
  }, 60_000);

  it('needs no proof where the certificate closes the gap', async () => {
    const table = await tableOf('data.csv');
    const { model } = await fitTable(table, { ...quick, lambda: 10 });
    const { session, printed } = listener();
    await proveStep(session, model, table, { network: folder.at('constant.json'), data: 'data.csv' });
    expect(printed[0]).toMatch(/^✓ proved: no two-layer .* gap (0|< 0\.01) %\)$/);
    expect(printed).toContain('by the certificate; no file of multipliers is needed');
    expect(folder.files()).not.toContain('constant.proof.json');
  });
});

describe('verify --prove', () => {
  it('derives the bound again from the file', async () => {
    const printed = await checked('model.json', 'model.proof.json', 'data.csv');
    expect(printed).toContain('✓ proved');
    expect(boundIn(printed)).toBe(boundIn(fitted));
  });

  it('rejects a file with a larger bound, exit code 7', async () => {
    const text = readFileSync(folder.at('model.proof.json'), 'utf8');
    writeFileSync(folder.at('bad.json'), readFileSync(folder.at('model.json')));
    const larger = text.replace(/"bound":(0\.\d+)/, (_, b) => `"bound":${Number(b) * 1.0001}`);
    expect(larger).not.toBe(text);
    writeFileSync(folder.at('bad.proof.json'), larger);
    const { code, stderr, stdout } = await relucent(['verify', 'bad.json', 'data.csv', '--prove'], { cwd });
    expect(code).toBe(7);
    expect(stderr).toMatch(/bad\.proof\.json: proof rejected: the file names the bound/);
    expect(stdout).not.toContain('✓ proved: no two-layer ReLU network without hidden biases, of any width, has');
  });

  it.each<[string, RegExp, (text: string) => string]>([
    ['other multipliers', /its multipliers prove nothing/, (text) => text.replace(/("diagonal":".{41})../, '$1AA')],
    ['other data', /about other data/, (text) => text.replace(/"dataDigest":"../, '"dataDigest":"zz')],
    ['its end cut off', /is no proof file/, (text) => text.slice(0, 999)],
  ])('rejects a file with %s', async (_, reason, change) => {
    const text = readFileSync(folder.at('model.proof.json'), 'utf8');
    expect(change(text)).not.toBe(text);
    writeFileSync(folder.at('changed.proof.json'), change(text));
    await expect(checked('model.json', 'changed.proof.json', 'data.csv')).rejects.toThrow(reason);
    await expect(checked('model.json', 'model.proof.json', 'data.csv')).resolves.toContain('✓ proved');
  });

  it('rejects other data', async () => {
    await expect(checked('model.json', 'model.proof.json', 'other.csv')).rejects.toThrow('about other data');
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
        setTimeout(() => kill('SIGINT'), 300);
      },
    });
    expect(stopped.code).toBe(130);
    const bound = boundIn(stopped.stdout);
    expect(bound).toBeGreaterThan(0);
    expect(boundIn(await checked('slow.json', 'slow.proof.json', 'data.csv'))).toBe(bound);
    const onward = [
      'verify',
      'slow.json',
      'data.csv',
      '--prove',
      '--resume',
      '--prove-gap',
      '0.1%',
      '--time-limit',
      '1s',
    ];
    const more = await relucent(onward, { cwd });
    expect(more.code).toBe(0);
    expect(more.stdout.replace(/\s+/g, ' ')).toContain('goes on from slow.proof.json, which proves');
    expect(boundIn(more.stdout)).toBeGreaterThanOrEqual(bound);
  }, 60_000);

  it('begins anew, and says so, where the proof is of other data', async () => {
    writeFileSync(folder.at('fresh.proof.json'), readFileSync(folder.at('model.proof.json')));
    const { session, printed } = listener();
    const table = await tableOf('other.csv');
    const { model } = await fitTable(table, { ...quick, lambda: 0.03 });
    await proveStep(session, model, table, { network: folder.at('fresh.json'), data: 'other.csv', proveGap: 0.42 });
    expect(printed[0]).toMatch(/fresh\.proof\.json: begun anew: the proof is about other data/);
    expect(proofOf('fresh.proof.json').dataDigest).not.toBe(proofOf('model.proof.json').dataDigest);
  }, 60_000);
});
