import { readFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { readModel } from '../../src/index.js';
import { relucent, workFolder } from './run.js';

const folder = workFolder();
afterAll(() => folder.remove());

it('relucent demo trains, proves, verifies, predicts, and leaves a model and a picture', async () => {
  const outcome = await relucent(['demo'], { cwd: folder.path });
  expect(outcome.code).toBe(0);
  expect(outcome.stdout).toContain('✓ globally optimal, proved');
  expect(outcome.stdout.match(/✓ the certificate was derived again/g)?.length).toBe(2);
  expect(outcome.stdout.match(/^Predictions/gm)?.length).toBe(2);
  expect(folder.files()).toEqual(['model.json', 'model.png']);
  const model = readModel(readFileSync(folder.at('model.json'), 'utf8'));
  expect(model.certificate.scope).toBe('exact');
  expect(model.scores.test?.r2).toBeGreaterThan(0.97);
});
