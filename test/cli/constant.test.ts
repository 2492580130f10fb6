import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runHere } from './here.js';
import { workFolder } from './run.js';

const folder = workFolder();
const best = /the best network is the constant/;
const open = 'no neuron: a constant, and nothing says that it is the best at this λ';

/** |x| + 0.3 z: neurons help at every small λ. */
const bentCsv = (): string =>
  `x,z,y\n${Array.from({ length: 40 }, (_, i) => [(i - 20) / 7, ((7 * i) % 40) / 9 - 2])
    .map(([x, z]) => `${x},${z},${Math.abs(x) + 0.3 * z}`)
    .join('\n')}\n`;

beforeAll(() => writeFileSync(folder.at('bent.csv'), bentCsv()));
afterAll(() => folder.remove());

const said = async (args: string): Promise<string> => {
  const { stdout, code } = await runHere(args.split(' '), folder.path);
  expect(code).toBe(0);
  return stdout.replace(/\s+/g, ' ');
};

const fit = 'fit bent.csv --target y --threads 1 --lambda';

describe('a network without neurons', () => {
  it('is called the best where that is certified', async () => {
    const text = await said(`${fit} 100 -o large.json`);
    expect(text).toMatch(best);
    expect(text).toContain('✓ globally optimal');
  });

  it('is not called the best where training was stopped before its first neuron', async () => {
    const text = await said(`${fit} 0.01 --time-limit 1e-9 -o stopped.json --report page.html`);
    expect(text).toContain(open);
    expect(text).not.toMatch(best);
    const page = readFileSync(folder.at('page.html'), 'utf8').replace(/<[^>]*>|\s+/g, ' ');
    expect(page).toContain('The network is a constant: it has no neurons.');
    expect(page).not.toMatch(/best network (at this λ )?is the constant/);
  });

  it('nor where all its neurons were pruned', async () => {
    await said(`${fit} 0.01 -o rich.json`);
    expect(await said('prune rich.json bent.csv --to 0 -o none.json')).toContain(open);
  });
});
