/**
 * Lower bounds over all networks by the semidefinite relaxation, beside the earlier bounds.
 *
 *   npx tsx bench/semidefinite.ts --small 300          ratio to the enumerated optimum, rank ≤ 3 (quantiles); status 1 if one is above
 *   npx tsx bench/semidefinite.ts --adversarial 2000   awkward data against trained networks; status 1 if one is above
 *   npx tsx bench/semidefinite.ts --sets DIR --names iris,wine [--lambda 1e-2] [--iterations 1500]
 *                                                      tables of DIR/NAME.csv with the column `target`, standardised
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Problem, trainingProblem } from '../src/certificates/index.js';
import { checkProof, type Proof } from '../src/certificates/proof/index.js';
import { semidefiniteLowerBound } from '../src/certificates/semidefinite/index.js';
import { createRandom, fit } from '../src/index.js';
import { type Matrix, matrix, matrixFromRows } from '../src/linalg/index.js';
import { bends, bentProblem } from '../test/certificates/semidefinite/helpers.js';
import { smallProblem } from '../test/property/small-problems.js';

const { values } = parseArgs({
  options: {
    small: { type: 'string' },
    adversarial: { type: 'string' },
    sets: { type: 'string' },
    names: { type: 'string', default: 'iris,wine,parkinsons' },
    lambda: { type: 'string', default: '1e-2' },
    iterations: { type: 'string' },
  },
});

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** What the check says a proof proves; −1 for one that it rejects. */
function provedBy(problem: Problem, proof: Proof): number {
  const verdict = checkProof(problem, proof);
  return verdict.accepted ? verdict.value : -1;
}

function quantiles(ratios: readonly number[]): string {
  const sorted = [...ratios].sort((a, b) => a - b);
  const at = (share: number): string =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(4);
  return [0, 0.05, 0.1, 0.25, 0.5, 0.75, 1].map((share) => `${100 * share} %: ${at(share)}`).join('   ');
}

/** Every answer against the optimum over all patterns. */
async function small(count: number): Promise<number> {
  const ratios: number[] = [];
  let above = 0;
  for (let index = 0; index < count; index++) {
    const { X, y, lambda, loss, outputBias, hiddenBias, name } = smallProblem(index);
    const problem = trainingProblem(matrixFromRows(X), Float64Array.from(y), lambda, { loss, outputBias, hiddenBias });
    const options = { lambda, loss, outputBias, hiddenBias, patterns: 'exact', gap: 1e-9, threads: 1 } as const;
    const { weights, certificate } = await fit(problem.X, problem.y, options);
    const iterations = Number(values.iterations ?? 600);
    const { value } = await semidefiniteLowerBound(problem, { iterations, every: 50, start: weights });
    if (value > certificate.primal * (1 + 1e-9) + 1e-13) {
      above++;
      console.log(`ABOVE ${name}: ${value} > ${certificate.primal}`);
    }
    if (certificate.primal > 1e-9) ratios.push(value / certificate.primal);
  }
  console.log(`${ratios.length} problems, proved / optimum: ${quantiles(ratios)}   above: ${above}`);
  return above;
}

/** Awkward data; the truth is at most the objective of a network trained to a tight gap. */
async function adversarial(count: number): Promise<number> {
  const kinds = Object.keys(bends);
  const random = createRandom(41);
  let above = 0;
  let unverified = 0;
  for (let trial = 0; trial < count; trial++) {
    const kind = kinds[trial % kinds.length];
    const options = { outputBias: random.uniform() < 0.5 };
    const problem = bentProblem(kind, 3 + random.integer(8), 1 + random.integer(3), random, options);
    const { X, y, lambda } = problem;
    const trained = { lambda, loss: 'squared', ...options, threads: 1, timeLimit: 5 } as const;
    const { certificate } = await fit(X, y, trained);
    const { value, kept } = await semidefiniteLowerBound(problem, { iterations: 1 + random.integer(80), every: 10 });
    if (kept !== null && provedBy(problem, kept.proof) !== value) unverified++;
    if (value > certificate.primal * (1 + 1e-9)) {
      above++;
      console.log(`ABOVE ${kind} ${trial}: ${value} > ${certificate.primal}`);
    }
  }
  console.log(`${count} awkward problems: ${above} above a trained network, ${unverified} did not verify`);
  return above + unverified;
}

/** Standardised columns; two or three classes become −1/+1 (the last against the rest), other targets are standardised. */
function readTable(path: string): { X: Matrix; y: Float64Array } {
  const lines = readFileSync(path, 'utf8').trim().split(/\r?\n/).slice(1);
  const cells = lines.map((line) => line.split(','));
  const columns = cells[0].length - 1;
  const standardised = (j: number): number[] => {
    const column = cells.map((row) => Number(row[j]));
    const mean = column.reduce((a, b) => a + b, 0) / column.length;
    const spread = Math.sqrt(column.reduce((a, b) => a + (b - mean) ** 2, 0) / column.length) || 1;
    return column.map((t) => (t - mean) / spread);
  };
  const X = matrix(cells.length, columns);
  for (let j = 0; j < columns; j++) for (const [i, t] of standardised(j).entries()) X.data[i * columns + j] = t;
  const labels = [...new Set(cells.map((row) => row[columns]))];
  const positive = labels[labels.length === 3 ? 1 : 0];
  const y = labels.length <= 3 ? cells.map((row) => (row[columns] === positive ? 1 : -1)) : standardised(columns);
  return { X, y: Float64Array.from(y) };
}

async function sets(folder: string, names: readonly string[], lambda: number): Promise<void> {
  console.log('set | rows×columns | value of the network | proved before | proved / value | iterations | CPU s');
  for (const name of names) {
    const { X, y } = readTable(join(folder, `${name}.csv`));
    const { weights, certificate } = await fit(X, y, { lambda, loss: 'squared', threads: 1, timeLimit: 120 });
    const problem = trainingProblem(X, y, lambda);
    const start = cpuSeconds();
    const iterations = Number(values.iterations ?? 1500);
    const found = await semidefiniteLowerBound(problem, { iterations, every: 50, start: weights });
    const share = (bound: number): string => (bound / certificate.primal).toFixed(3);
    const verified = found.kept !== null && provedBy(problem, found.kept.proof) === found.value;
    console.log(
      `${name} | ${X.rows}×${X.cols} | ${certificate.primal.toFixed(5)} | ${share(certificate.bound)} | ` +
        `${share(found.value)}${verified ? '' : ' (not verified)'} | ${found.iterations} | ${(cpuSeconds() - start).toFixed(0)}`,
    );
  }
}

let faults = 0;
if (values.small) faults += await small(Number(values.small));
if (values.adversarial) faults += await adversarial(Number(values.adversarial));
if (values.sets) await sets(values.sets, values.names.split(','), Number(values.lambda));
process.exitCode = faults > 0 ? 1 : 0;
