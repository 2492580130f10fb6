/**
 * Lower bounds over all networks by the semidefinite relaxation, beside the earlier bounds.
 *
 *   npx tsx bench/semidefinite.ts --small 300          ratio to the enumerated optimum, rank ≤ 3 (quantiles); status 1 if one is above
 *   npx tsx bench/semidefinite.ts --adversarial 2000   awkward data against trained networks; status 1 if one is above
 *   npx tsx bench/semidefinite.ts --interrupts 100     proofs stopped at random moments; status 1 if a file does not verify
 *   npx tsx bench/semidefinite.ts --memory 1000        peak memory at so many rows, with the first search for combinations of lines
 *   npx tsx bench/semidefinite.ts --big-m 12,16,20     a big-M program by HiGHS beside our bounds of M at the same θ
 *   with --write: figures of these into docs/benchmarks/semidefinite.json and .svg
 *   npx tsx bench/semidefinite.ts --sets DIR --names iris,wine [--lambda 1e-2,0.1] [--iterations 1500] [--time-limit 600] [--threads 2]
 *                                                      tables of DIR/NAME.csv with the column `target`, standardised; a limit is in
 *                                                      seconds, for each proof, and ends it as in `relucent fit --prove`; or in
 *                                                      CPU seconds: [--cpu-limit 60]; --trace prints every better bound
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Problem, residualOf, sphereBound, trainingProblem } from '../src/certificates/index.js';
import { checkProof, type Proof, readProof, writeProof } from '../src/certificates/proof/index.js';
import { type KeptProof, type ProveOptions, semidefiniteLowerBound } from '../src/certificates/semidefinite/index.js';
import { createRandom, fit } from '../src/index.js';
import { type Matrix, matrix, matrixFromRows } from '../src/linalg/index.js';
import { bends, bentProblem } from '../test/certificates/semidefinite/helpers.js';
import { smallProblem } from '../test/property/small-problems.js';
import { bigM } from './semidefinite/big-m.js';
import { ratioFigure, sharesFigure } from './semidefinite/figure.js';

const { values } = parseArgs({
  options: {
    small: { type: 'string' },
    adversarial: { type: 'string' },
    interrupts: { type: 'string' },
    memory: { type: 'string' },
    'big-m': { type: 'string' },
    write: { type: 'boolean', default: false },
    sets: { type: 'string' },
    names: { type: 'string', default: 'iris,wine,parkinsons' },
    lambda: { type: 'string', default: '1e-2' },
    iterations: { type: 'string' },
    'time-limit': { type: 'string' },
    'cpu-limit': { type: 'string' },
    threads: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
  },
});

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

const results = resolve(import.meta.dirname, '../docs/benchmarks');

/** Puts one part into the results, beside those of other runs. */
function write(name: string, part: object): void {
  if (!values.write) return;
  const path = join(results, 'semidefinite.json');
  const before = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
  writeFileSync(path, `${JSON.stringify({ ...before, [name]: part }, null, 2)}\n`);
}

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
  const rounded = ratios.map((ratio) => Number(ratio.toFixed(6))).sort((a, b) => a - b);
  const title = `Proved bound over enumerated optimum, ${ratios.length} problems of rank ≤ 3`;
  write('small', { problems: count, above, iterations: Number(values.iterations ?? 600), ratios: rounded });
  if (values.write) writeFileSync(join(results, 'semidefinite.svg'), ratioFigure(rounded, title));
  return above;
}

/** Awkward data; the truth is at most the objective of a network trained to a tight gap. */
async function adversarial(count: number): Promise<number> {
  const kinds = Object.keys(bends);
  const random = createRandom(41);
  let above = 0;
  let unverified = 0;
  let combined = 0;
  let helped = 0;
  for (let trial = 0; trial < count; trial++) {
    const kind = kinds[trial % kinds.length];
    const options = { outputBias: random.uniform() < 0.5 };
    const problem = bentProblem(kind, 3 + random.integer(8), 1 + random.integer(3), random, options);
    const { X, y, lambda } = problem;
    const trained = { lambda, loss: 'squared', ...options, threads: 1, timeLimit: 5 } as const;
    const { certificate } = await fit(X, y, trained);
    // every fourth goes far enough for combinations of lines, and for auxiliary ones
    const iterations = trial % 4 === 3 ? 110 + random.integer(600) : 1 + random.integer(80);
    const { value, kept } = await semidefiniteLowerBound(problem, { iterations, every: 10 });
    if (kept !== null && kept.proof.combinations.count > 0) combined++;
    if (kept !== null && kept.proof.auxiliary.length > 0) helped++;
    if (kept !== null && provedBy(problem, kept.proof) !== value) unverified++;
    if (value > certificate.primal * (1 + 1e-9)) {
      above++;
      console.log(`ABOVE ${kind} ${trial}: ${value} > ${certificate.primal}`);
    }
  }
  console.log(
    `${count} awkward problems: ${above} above a trained network, ${unverified} did not verify; ${combined} proofs with combinations, ${helped} with auxiliary lines`,
  );
  write('adversarial', { trials: count, above, unverified, combined, helped });
  return above + unverified;
}

/** Proofs of random problems, each stopped at a random moment: what was kept last must prove what was said last. */
async function interrupts(count: number): Promise<number> {
  const random = createRandom(43);
  let faults = 0;
  let proofs = 0;
  for (let trial = 0; trial < count; trial++) {
    const problem = bentProblem('general', 10 + random.integer(30), 2 + random.integer(8), random);
    const about = { dataDigest: '', loss: 'squared', lambda: problem.lambda, outputBias: true, hiddenBias: false };
    const control = new AbortController();
    let last: { text: string; bound: number } | null = null;
    setTimeout(() => control.abort(), 400 * random.uniform());
    const found = await semidefiniteLowerBound(problem, {
      every: 1 + random.integer(10),
      signal: control.signal,
      onProof: (kept) => {
        last = { text: writeProof({ ...about, ...kept }), bound: kept.bound };
      },
    });
    const kept = last as { text: string; bound: number } | null;
    if (kept === null && found.value === 0) continue;
    proofs++;
    if (kept?.bound !== found.value || provedBy(problem, readProof(kept.text).proof) !== found.value) faults++;
  }
  console.log(`${count} interrupts, ${proofs} with a proof: ${faults} faults`);
  write('interrupts', { interrupts: count, proofs, faults });
  return faults;
}

/** Peak resident memory of the process after some iterations and proofs. */
async function memory(rows: number): Promise<void> {
  const random = createRandom(44);
  const columns = 30;
  const problem = bentProblem('general', rows, columns, random);
  const start = cpuSeconds();
  const iterations = Number(values.iterations ?? 102);
  const threads = Number(values.threads);
  const { value } = await semidefiniteLowerBound(problem, { iterations, every: 51, threads });
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(
    `${rows}×${columns}: at most ${megabytes} MB, ${(cpuSeconds() - start).toFixed(0)} CPU s, bound ${value}`,
  );
  write('memory', { rows, columns, megabytes });
}

/** Bounds of max tᵀ(Xu)_+ at the residual of a trained network, four columns: HiGHS, and our branch and bound over signs. */
async function baseline(sizes: readonly number[]): Promise<void> {
  const rows: object[] = [];
  for (const n of sizes) {
    const random = createRandom(45);
    const { X, y } = bentProblem('general', n, 4, random);
    const lambda = 1e-2;
    const { weights } = await fit(X, y, { lambda, loss: 'squared', threads: 1 });
    const r = residualOf(weights, trainingProblem(X, y, lambda));
    const first = cpuSeconds();
    const mip = await bigM(X, r, 60, 60);
    const second = cpuSeconds();
    const ours = await sphereBound(X, r, { method: 'signs', nodeLimit: 1e6, starts: 50 });
    const [theirSeconds, ourSeconds] = [second - first, cpuSeconds() - second].map((t) => Number(t.toFixed(2)));
    // HiGHS looks at +r only, ours at both signs
    rows.push({
      n,
      mip: mip.upper,
      rounds: mip.rounds,
      outside: mip.outside,
      theirSeconds,
      ours: ours.upper,
      ourSeconds,
    });
    console.log(JSON.stringify(rows.at(-1)));
  }
  write('bigM', rows);
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

/** A row of the table of bounds. */
interface Row {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly lambda: number;
  readonly primal: number;
  /** Share of the objective that the certificate proves, and the relaxation. */
  readonly before: number;
  readonly proved: number;
  readonly verified: boolean;
  readonly status: string;
  readonly threads: number;
  readonly iterations: number;
  /** CPU seconds of the proof, and those of a clock. */
  readonly seconds: number;
  readonly wall: number;
}

/** Rows that are there already are kept: a run that was stopped goes on. */
async function sets(folder: string, names: readonly string[], lambdas: readonly number[]): Promise<void> {
  const path = join(results, 'semidefinite.json');
  const table: Row[] = values.write && existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')).table ?? []) : [];
  for (const lambda of lambdas) {
    for (const name of names) {
      if (table.some((row) => row.name === name && row.lambda === lambda)) continue;
      table.push(await row(folder, name, lambda));
      console.log(JSON.stringify(table.at(-1)));
      write('table', table);
      if (values.write) writeFileSync(join(results, 'semidefinite-shares.svg'), sharesOf(table, lambdas[0]));
    }
  }
}

const sharesOf = (table: readonly Row[], lambda: number): string =>
  sharesFigure(
    table.filter((row) => row.lambda === lambda),
    `What is proved at λ = ${lambda}, as a share of the objective`,
  );

/** About this much work for each bound, unless --iterations or a limit says it: a step costs some rows³. */
const STEP_WORK = 2e9;

/** When a bound ends before its goal: with a time limit as `relucent fit --prove` does. */
function endOf(rows: number): ProveOptions {
  const timeLimit = Number(values['time-limit'] ?? Number.POSITIVE_INFINITY);
  const cpuLimit = Number(values['cpu-limit'] ?? Number.POSITIVE_INFINITY);
  if (Math.min(timeLimit, cpuLimit) < Number.POSITIVE_INFINITY)
    return { iterations: Number.MAX_SAFE_INTEGER, patience: 1000, timeLimit, signal: afterCpuSeconds(cpuLimit) };
  return { iterations: Number(values.iterations ?? Math.min(1000, Math.ceil(STEP_WORK / rows ** 3))) };
}

/** Aborts once the process has used so many CPU seconds from now on. */
function afterCpuSeconds(limit: number): AbortSignal {
  const [control, start] = [new AbortController(), cpuSeconds()];
  const timer = setInterval(() => {
    if (cpuSeconds() - start < limit) return;
    clearInterval(timer);
    control.abort();
  }, 100);
  timer.unref();
  return control.signal;
}

async function row(folder: string, name: string, lambda: number): Promise<Row> {
  const { X, y } = readTable(join(folder, `${name}.csv`));
  const { weights, certificate } = await fit(X, y, { lambda, loss: 'squared', threads: 1, gap: 1e-4 });
  const { primal, bound } = certificate;
  const problem = trainingProblem(X, y, lambda);
  const threads = Number(values.threads);
  const [start, begun] = [cpuSeconds(), performance.now()];
  const goal = 0.95 * primal;
  const onProof = ({ bound }: KeptProof): void => {
    const times = [cpuSeconds() - start, (performance.now() - begun) / 1000].map((t) => t.toFixed(0));
    if (values.trace) console.log(`${name} ${bound / primal} after ${times.join(' CPU s, ')} s`);
  };
  const found = await semidefiniteLowerBound(problem, { ...endOf(X.rows), threads, goal, start: weights, onProof });
  const seconds = Math.round(cpuSeconds() - start);
  const wall = Math.round((performance.now() - begun) / 1000);
  const verified = found.kept !== null && provedBy(problem, found.kept.proof) === found.value;
  const [before, proved] = [bound / primal, found.value / primal];
  return {
    ...{ name, rows: X.rows, columns: X.cols, lambda, primal, before, proved },
    ...{ verified, status: found.status, threads, iterations: found.iterations, seconds, wall },
  };
}

let faults = 0;
if (values.small) faults += await small(Number(values.small));
if (values.adversarial) faults += await adversarial(Number(values.adversarial));
if (values.interrupts) faults += await interrupts(Number(values.interrupts));
if (values['big-m']) await baseline(values['big-m'].split(',').map(Number));
if (values.memory) await memory(Number(values.memory));
if (values.sets) await sets(values.sets, values.names.split(','), values.lambda.split(',').map(Number));
process.exitCode = faults > 0 ? 1 : 0;
