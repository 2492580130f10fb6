import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { readModel } from '../../src/index.js';
import { type Outcome, type RunSettings, relucent, workFolder } from './run.js';

const folder = workFolder();
const cwd = folder.path;

/** Noise: takes far longer to fit than a test may run. */
function hardCsv(): string {
  const random = createRandom(5);
  const lines = Array.from({ length: 300 }, () =>
    Array.from({ length: 7 }, () => random.normal().toFixed(4)).join(','),
  );
  return `${Array.from({ length: 6 }, (_, k) => `x${k}`).join(',')},y\n${lines.join('\n')}\n`;
}

beforeAll(() => writeFileSync(folder.at('hard.csv'), hardCsv()));
afterAll(() => folder.remove());

/** Sends SIGINT once for each text, when it has come on stderr. */
function interrupted(args: readonly string[], texts: readonly string[], settings: RunSettings = {}): Promise<Outcome> {
  let sent = 0;
  return relucent(args, {
    cwd,
    ...settings,
    onStderr: (stderr, kill) => {
      if (sent === texts.length || !stderr.includes(texts[sent])) return;
      sent++;
      kill('SIGINT');
    },
  });
}

const fit = ['fit', 'hard.csv', '--target', 'y', '--lambda', '1e-4'];

describe('Ctrl-C', () => {
  it('once: writes the best model so far, says so, exit code 130', async () => {
    const outcome = await interrupted([...fit, '-o', 'best.json'], ['convex solve']);
    expect(outcome.code).toBe(130);
    expect(outcome.stderr).toContain('relucent: interrupted: finishing with the best network so far');
    expect(outcome.stderr).toContain('relucent: interrupted: the best network so far is in best.json.');
    expect(outcome.stdout).toContain('interrupted; this is the best network so far');
    expect(readModel(readFileSync(folder.at('best.json'), 'utf8')).certificate.primal).toBeGreaterThan(0);
    expect(folder.files()).toEqual(['best.json', 'hard.csv']);
  });

  it('twice: ends at once, leaves nothing', async () => {
    const outcome = await interrupted([...fit, '-o', 'never.json'], ['convex solve', 'once more stops']);
    expect(outcome.code).toBe(130);
    expect(outcome.stdout).not.toContain('Certificate');
    expect(folder.files().filter((name) => /never|tmp/.test(name))).toEqual([]);
  });

  it('while the table comes in: nothing is written', async () => {
    const outcome = await interrupted(['fit', '-', '--target', 'y', '-o', 'never.json'], ['reading stdin'], {
      stdin: { open: true },
    });
    expect(outcome.code).toBe(130);
    expect(outcome.stderr).toContain('relucent: interrupted: nothing was read.');
    expect(folder.files()).not.toContain('never.json');
  });
});
