import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { experiments } from '../../../experiments/pathprox/index.js';

/** Runs experiments cut down, and reads what they write, in a folder that goes with the test file. */
export function cutDown() {
  const folder = mkdtempSync(join(tmpdir(), 'relucent-pathprox-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const options = {
    ...{ out: join(folder, 'results'), work: join(folder, 'work'), threads: 1, small: true, fresh: false, data: {} },
    ...{ log: () => undefined, progress: () => undefined },
  };
  return {
    options,
    run: (wanted: string): Promise<void> => experiments.find(({ name }) => name === wanted)!.run(options),
    read: (file: string): string => readFileSync(join(options.out, file), 'utf8'),
  };
}
