import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, startChromium } from '../browser/chromium.js';
import { serve } from '../browser/serve.js';
import { bundle, gzippedSize, weights } from './bundle.js';
import { type Consumer, installPacked, root, run } from './consumer.js';

/** Gzipped bytes that `export * from 'relucent'` may cost a page, WebAssembly included. */
const LIMIT = 150_000;

/** XOR without noise, fitted; `note` receives neurons and gap. */
const training = `
  const X = [[-1, -1], [-1, 1], [1, -1], [1, 1], [2, 1], [-2, 1]];
  const y = [-1, 1, 1, -1, -1, 1];
  const { neurons, certificate, predict } = await fit(X, y, { lambda: 0.01 });
  const right = predict(X).data.every((f, i) => f * y[i] > 0);
  note({ neurons, gap: certificate.relativeGap, right });`;

interface Note {
  readonly neurons: number;
  readonly gap: number;
  readonly right: boolean;
}

function expectFit(note: Note): void {
  expect(note.neurons).toBeGreaterThan(1);
  expect(note.gap).toBeLessThan(1e-6);
  expect(note.right).toBe(true);
}

let consumer: Consumer;
beforeAll(async () => {
  consumer = await installPacked();
});
afterAll(() => consumer?.remove());

describe('the package', () => {
  it('holds what it says and nothing else', () => {
    const { files } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { files: string[] };
    for (const name of files) {
      expect(consumer.packed.filter((path) => path === name || path.startsWith(`${name}/`)).length, name).not.toBe(0);
    }
    const stray = consumer.packed.filter(
      (path) => path !== 'package.json' && !files.some((name) => path === name || path.startsWith(`${name}/`)),
    );
    expect(stray).toEqual([]);
    expect(consumer.packed.filter((path) => /\.map$|\.test\.|(?<!\.d)\.ts$|tsbuildinfo/.test(path))).toEqual([]);
  });

  it('is used from Node by its name', async () => {
    consumer.write({
      'use.js': `import { fit } from 'relucent';
        const note = (value) => console.log(JSON.stringify(value));${training}`,
    });
    expectFit(JSON.parse((await run('node', ['use.js'], { cwd: consumer.folder })).stdout));
  });

  it('draws figures from its second entry', async () => {
    consumer.write({
      'report.js': `import * as report from 'relucent/report'; console.log(Object.keys(report).length > 5);`,
    });
    expect((await run('node', ['report.js'], { cwd: consumer.folder })).stdout.trim()).toBe('true');
  });

  it('hides its rooms', async () => {
    consumer.write({ 'inside.js': `import 'relucent/dist/solvers/index.js';` });
    await expect(run('node', ['inside.js'], { cwd: consumer.folder })).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });

  it('brings its command', async () => {
    const command = consumer.at('node_modules/.bin/relucent');
    expect((await run(command, ['--help'])).stdout).toMatch(/Usage: relucent[\s\S]*fit[\s\S]*verify[\s\S]*export/);
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect((await run(command, ['--version'])).stdout.trim()).toBe(version);
  });
});

describe('its types', () => {
  const source = `import * as report from 'relucent/report';
import { type Certificate, type FitResult, fit, parseTable, fitTable, RelucentError, writeModel } from 'relucent';

export async function train(csv: string, target: string): Promise<string> {
  const { model, notes } = await fitTable(await parseTable(csv), { target, lambda: 1e-2, onProgress: (e) => e.phase.length });
  const sentences: readonly string[] = notes;
  return sentences.length > 0 ? writeModel(model) : '';
}
export async function gap(X: number[][], y: Float64Array, signal: AbortSignal): Promise<number> {
  const result: FitResult = await fit(X, y, { lambda: 1e-2, loss: 'huber', patterns: 'exact', signal });
  const certificate: Certificate = result.certificate;
  return certificate.relativeGap;
}
export const figures: readonly string[] = Object.keys(report);
export const kind = (error: unknown): string => (error instanceof RelucentError ? error.kind : 'other');
// @ts-expect-error no such loss
export const wrong = fit([[1]], [1], { loss: 'cubic' });
`;

  it.each([
    ['NodeNext', 'NodeNext', { lib: ['ES2023'], types: ['node'] }],
    ['ESNext', 'Bundler', { lib: ['ES2023', 'DOM'], types: [] }],
  ])('are strict for module %s, resolution %s', async (module, moduleResolution, host) => {
    const typeRoots = [join(root, 'node_modules/@types')];
    const compilerOptions = { ...host, typeRoots, target: 'ES2022', strict: true, noEmit: true };
    consumer.write({
      'typed/consumer.ts': source,
      'typed/tsconfig.json': JSON.stringify({ compilerOptions: { ...compilerOptions, module, moduleResolution } }),
    });
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = await run('node', [compiler, '-p', consumer.at('typed')]).catch((failed) => failed);
    expect(stdout).toBe('');
  });
});

describe('the root entry in a page', () => {
  it(`weighs less than ${LIMIT} bytes, compressed`, async () => {
    consumer.write({ 'all.js': `export * from 'relucent';` });
    const { first, later } = await bundle(consumer.folder, consumer.at('all.js'));
    const heaviest = weights(first)
      .slice(0, 8)
      .map(([owner, bytes]) => `${owner} ${bytes}`);
    console.log(
      `root entry: ${gzippedSize(first)} bytes gzipped, ${gzippedSize(later)} more when a binary table comes; ` +
        `heaviest before minifying: ${heaviest.join(', ')}`,
    );
    expect(gzippedSize(first)).toBeLessThan(LIMIT);
    expect(weights(later).map(([owner]) => owner)).toContain('hyparquet');
  });

  it('has no Node module, no ONNX Runtime, nothing of the command line', async () => {
    const { first, later } = await bundle(consumer.folder, consumer.at('all.js'));
    const owners = weights([...first, ...later]).map(([owner]) => owner);
    expect(owners).toContain('relucent/estimators');
    expect(
      owners.filter((owner) =>
        /onnxruntime|resvg|linkedom|commander|clack|plot|cli|report|browser-external/.test(owner),
      ),
    ).toEqual([]);
    const outside = [...first, ...later].flatMap(({ code, imports, dynamicImports }) => [
      ...[...imports, ...dynamicImports].filter((name) => !name.endsWith('.js')),
      ...(code.match(/\b(from|import)\s*\(?["'`]node:\w+/g) ?? []),
    ]);
    expect(outside).toEqual([]);
  });

  it.skipIf(chromiumPath === null)('trains in a Web Worker', async () => {
    consumer.write({
      'page/index.html': '<!doctype html><script type="module" src="./main.js"></script>',
      'page/main.js': `const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
        window.trained = new Promise((done, fail) => {
          worker.onmessage = ({ data }) => done(data);
          worker.onerror = ({ message }) => fail(new Error(message));
        });`,
      'page/worker.js': `import { fit } from 'relucent';
        const note = (value) => postMessage(value);${training}`,
    });
    await build({
      root: consumer.at('page'),
      configFile: false,
      logLevel: 'error',
      worker: { format: 'es' },
      build: { target: 'es2022' },
    });
    const server = await serve({ '/': consumer.at('page/dist') }, false);
    const browser = await startChromium();
    try {
      const page = await browser.newPage();
      await page.goto(server.url);
      expectFit((await page.evaluate('trained')) as Note);
    } finally {
      await browser.close();
      server.close();
    }
  });
});
