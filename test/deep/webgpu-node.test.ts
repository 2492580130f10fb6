import { existsSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../browser/chromium.js';
import { classesCsv, relucent, workFolder } from '../cli/run.js';

/** Chromium brings a driver that computes on the processor: every machine that runs the tests in pages can run these. */
const driver = ['/usr/lib/chromium', ...(chromiumPath ? [dirname(realpathSync(chromiumPath))] : [])]
  .map((place) => join(place, 'vk_swiftshader_icd.json'))
  .find((file) => existsSync(file));

const folder = workFolder();
/** The folder is also where Chromium keeps the loader of drivers, which a machine without graphics may lack. */
const drivers = (file: string) => ({
  VK_DRIVER_FILES: file,
  VK_ICD_FILENAMES: file,
  XDG_RUNTIME_DIR: folder.path,
  LD_LIBRARY_PATH: dirname(file),
});
const train = ['train', '--data', 'classes.csv', '--target', 'label', '--arch', 'mlp-2-6', '--batch', '10'];
const short = ['--steps', '2', '--lambda', '0.01', '--measure-every', '1', '--quiet'];

beforeAll(() => writeFileSync(folder.at('classes.csv'), classesCsv(50)));
afterAll(() => folder.remove());

const losses = (run: string): number[] =>
  readFileSync(folder.at(`${run}/log.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).objective);

describe('WebGPU in Node', () => {
  it.skipIf(driver === undefined)('trains as the processor does, to five digits', async () => {
    const one = await relucent([...train, ...short, '--backend', 'webgpu', '-o', 'gpu'], {
      cwd: folder.path,
      env: drivers(driver!),
    });
    expect([one.code, one.stderr.includes('relucent:')]).toEqual([0, false]);
    expect((await relucent([...train, ...short, '-o', 'cpu'], { cwd: folder.path })).code).toBe(0);
    const [there, here] = [losses('gpu'), losses('cpu')];
    expect(there).toHaveLength(2);
    expect(there[1]).toBeLessThan(there[0]);
    there.forEach((loss, i) => {
      expect(Math.abs(loss - here[i])).toBeLessThan(1e-5);
    });
  });

  it('without a driver: one line that says what to do', async () => {
    const outcome = await relucent([...train, ...short, '--backend', 'webgpu', '-o', 'none'], {
      cwd: folder.path,
      env: drivers(folder.at('no-driver.json')),
    });
    // The runtime itself may warn of devices that it cannot take.
    const said = outcome.stderr.split('\n').filter((line) => line.startsWith('relucent:'));
    expect(said).toEqual([
      'relucent: WebGPU: no adapter was found; install a Vulkan, Metal or Direct3D 12 driver, or take the backend native or wasm.',
    ]);
    expect([outcome.code, outcome.stdout]).toEqual([6, '']);
  });
});
