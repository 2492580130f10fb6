import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { classesCsv, relucent, workFolder } from './run.js';

const folder = workFolder();
const cwd = folder.path;
const optimisers = ['sgd', 'adam'];
const common = ['--data', 'classes.csv', '--target', 'label', '--arch', 'mlp-3-16-factorised', '--batch', '16'];
const train = (name: string, optimiser: string): string[] => [
  ...['train', ...common, '--optimiser', optimiser, '--schedule', 'cosine', '--lr', '0.02', '--lambda', '0.01'],
  ...['--steps', '2500', '--measure-every', '40', '--checkpoint-every', '25', '--validation', '20', '-o', name],
];

beforeAll(async () => {
  writeFileSync(folder.at('classes.csv'), classesCsv(100));
  for (const optimiser of optimisers)
    expect((await relucent(train(`whole-${optimiser}`, optimiser), { cwd })).code).toBe(0);
});
afterAll(() => folder.remove());

const filesOf = (name: string) =>
  Object.fromEntries(
    readdirSync(folder.at(name))
      .sort()
      .map((file) => [file, readFileSync(folder.at(`${name}/${file}`)).toString('base64')]),
  );

/** Starts the command and ends it by SIGKILL so many milliseconds after training began; true when it was killed. */
async function killed(args: readonly string[], after: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const { code } = await relucent(args, {
    cwd,
    onStderr: (stderr, kill) => {
      if (stderr.includes('training')) timer ??= setTimeout(() => kill('SIGKILL'), after);
    },
  });
  clearTimeout(timer);
  expect([0, 137]).toContain(code);
  return code === 137;
}

describe('a run that is killed again and again', () => {
  const random = createRandom(2024);
  for (const optimiser of optimisers) {
    it(`ten times at random moments, ends with the bytes of one that was not (${optimiser})`, async () => {
      let kills = 0;
      for (let chain = 0; kills < 10; chain++) {
        const name = `chain-${optimiser}-${chain}`;
        let alive = await killed(train(name, optimiser), 400 * random.uniform());
        while (alive) {
          kills++;
          alive = kills < 10 && (await killed(['resume', name], 300 * random.uniform()));
        }
        expect((await relucent(['resume', name], { cwd })).code).toBe(0);
        // The page names the folder of its run.
        const [a, b] = [filesOf(name), filesOf(`whole-${optimiser}`)];
        for (const files of [a, b]) delete files['report.html'];
        expect(a).toEqual(b);
      }
      expect(kills).toBe(10);
    }, 240_000);
  }

  it('Ctrl-C keeps the step it is at, and says how to go on', async () => {
    let sent = false;
    const outcome = await relucent(train('stopped', 'sgd'), {
      cwd,
      onStderr: (stderr, kill) => {
        if (sent || !stderr.includes('training')) return;
        sent = true;
        kill('SIGINT');
      },
    });
    expect(outcome.code).toBe(130);
    expect(outcome.stderr).toMatch(/interrupted: the run is kept at step \d+; relucent resume stopped goes on\./);
    expect((await relucent(['resume', 'stopped'], { cwd })).code).toBe(0);
    expect(filesOf('stopped')['checkpoint.bin']).toBe(filesOf('whole-sgd')['checkpoint.bin']);
    expect(filesOf('stopped')['log.jsonl']).toBe(filesOf('whole-sgd')['log.jsonl']);
  });
});
