/**
 * Derivatives of optimal networks against central differences of refitted ones: npx tsx bench/sensitivity.ts [--write]. Largest differences of
 * ∂f̂/∂y (all columns) and of ∂f̂/∂λ, relative to its size, over random problems. --write: docs/results/sensitivity.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createRandom } from '../src/base/index.js';
import { type FitOptions, fit } from '../src/estimators/index.js';
import { matrix } from '../src/linalg/index.js';
import { optimalSet, sensitivity } from '../src/optimal-set/index.js';

interface Line {
  readonly problem: string;
  readonly fitByTargets: number | null;
  readonly fitByLambda: number;
}

const lambda = 0.03;
const lines: Line[] = [];
let kinks = 0;
for (const loss of ['squared', 'logistic'] as const) {
  for (const activation of ['relu', 'gated'] as const) {
    for (let seed = 1; seed <= 6; seed++) await compare(loss, activation, seed);
  }
}

async function compare(loss: 'squared' | 'logistic', activation: 'relu' | 'gated', seed: number): Promise<void> {
  const random = createRandom(seed, 3);
  const [n, d] = [14, 3];
  const X = matrix(
    n,
    d,
    Float64Array.from({ length: n * d }, () => random.normal()),
  );
  const y = Float64Array.from({ length: n }, (_, i) => (loss === 'squared' ? random.normal() : i % 2 ? 1 : -1));
  const biases = { outputBias: seed % 2 === 0, hiddenBias: seed % 4 === 3 };
  const options: FitOptions = { activation, loss, patterns: 12, gap: 1e-13, seed: 5, threads: 1, ...biases };
  const fitAt = async (strength: number, targets: Float64Array): Promise<Float64Array> =>
    (await fit(X, targets, { ...options, lambda: strength })).predict(X).data;
  const { weights } = await fit(X, y, { ...options, lambda });
  const found = sensitivity(await optimalSet(weights, X, y, lambda, { loss, ...biases }));
  if (!found.differentiable) {
    kinks++;
    return;
  }
  const difference = (up: Float64Array, down: Float64Array, h: number): Float64Array =>
    up.map((v, i) => (v - down[i]) / (2 * h));
  const largest = (a: Float64Array, b: Float64Array): number =>
    a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);
  let fitByTargets: number | null = null;
  if (loss === 'squared') {
    fitByTargets = 0;
    for (let j = 0; j < n; j++) {
      const at = (step: number): Promise<Float64Array> =>
        fitAt(
          lambda,
          y.map((v, i) => (i === j ? v + step : v)),
        );
      const column = y.map((_, i) => found.response.data[i * n + j]);
      fitByTargets = Math.max(fitByTargets, largest(difference(await at(1e-4), await at(-1e-4), 1e-4), column));
    }
  }
  const h = 1e-4 * lambda;
  const byLambda = difference(await fitAt(lambda + h, y), await fitAt(lambda - h, y), h);
  const size = found.fitByLambda.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  lines.push({
    problem: `${activation}, ${loss}, ${seed}`,
    fitByTargets,
    fitByLambda: largest(byLambda, found.fitByLambda) / size,
  });
}

for (const { problem, fitByTargets, fitByLambda } of lines)
  console.log(`${problem}: ∂f/∂y ${fitByTargets?.toExponential(1) ?? '–'}, ∂f/∂λ ${fitByLambda.toExponential(1)}`);
console.log(`${lines.length} problems, ${kinks} without derivatives`);
if (process.argv.includes('--write')) {
  const folder = resolve(import.meta.dirname, '../docs/results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    resolve(folder, 'sensitivity.json'),
    `${JSON.stringify({ lines, withoutDerivatives: kinks }, null, 2)}\n`,
  );
}
