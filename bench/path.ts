/**
 * What a regularisation path costs, and that its points are those of cold solves: 100 λ to a thousandth of λ_max on tables, CPU seconds
 * of the path against a cold `fit` to the same gap at its smallest λ (the middle of three seeds); at some λ of each path the largest difference of the
 * objectives as a share of what the two certified gaps allow (at most 1 when all is right). One thread.
 *
 * Run: npx tsx bench/path.ts --data FOLDER [--sets a,b] [--lambdas 100] [--min-ratio 1e-3] [--gap 1e-4] [--checks 6] [--out docs/benchmarks]
 * Results are kept set by set; sets that are there already are left out.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { encodeFeatures, encodeTarget, fitPreprocessing, parseTable } from '../src/data/index.js';
import { fit, fitPath } from '../src/estimators/index.js';
import { lossFor } from '../src/estimators/prepared-rows.js';
import { lossByName } from '../src/losses/index.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: 'data' },
    sets: {
      type: 'string',
      default:
        'iris,wine,parkinsons,statlog-heart,hepatitis,glass,haberman-survival,heart-hungarian,ionosphere,yacht,diabetes,breast-cancer-wisc-diag',
    },
    lambdas: { type: 'string', default: '100' },
    'min-ratio': { type: 'string', default: '1e-3' },
    gap: { type: 'string', default: '1e-4' },
    checks: { type: 'string', default: '6' },
    out: { type: 'string', default: 'docs/benchmarks' },
  },
});

interface Row {
  readonly set: string;
  readonly rows: number;
  readonly inputs: number;
  readonly loss: string;
  readonly lambdas: number;
  readonly minRatio: number;
  readonly gap: number;
  /** Points whose gap stayed open. */
  readonly open: number;
  readonly neurons: number;
  readonly pathSeconds: number;
  readonly coldSeconds: number;
  readonly coldStatus: string;
  /** Largest |difference| of the objectives over the sum of the two certified gaps. */
  readonly difference: number;
  readonly checks: number;
}

const cpuSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

async function timed<T>(work: () => Promise<T>): Promise<readonly [T, number]> {
  const started = cpuSeconds();
  const result = await work();
  return [result, cpuSeconds() - started];
}

/** How many rounds a cold solve takes depends on its seed: the middle of so many counts. */
const coldSeeds = [0, 1, 2];

async function timesOfSeeds<T>(work: (seed: number) => Promise<T>): Promise<(readonly [T, number])[]> {
  const results: (readonly [T, number])[] = [];
  for (const seed of coldSeeds) results.push(await timed(() => work(seed)));
  return results;
}

async function problemOf(set: string) {
  const table = await parseTable(readFileSync(join(values.data, `${set}.csv`)), { name: `${set}.csv` });
  const { preprocessing, rows } = fitPreprocessing(table, { target: 'target' });
  const loss = lossFor(preprocessing.target, 'auto');
  const { X } = encodeFeatures(table, preprocessing, rows);
  const { y, outputs } = encodeTarget(table, preprocessing, lossByName(loss).targets, rows);
  const target = outputs === 1 ? y : { rows: X.rows, cols: outputs, data: y };
  return { X, target, loss, shared: { loss, gap: Number(values.gap), threads: 1 } as const };
}

async function rowOf(set: string): Promise<Row> {
  const { X, target, loss, shared } = await problemOf(set);
  const [lambdas, minRatio, gap] = [Number(values.lambdas), Number(values['min-ratio']), shared.gap];
  const [path, pathSeconds] = await timed(() => fitPath(X, target, { ...shared, lambdas, minRatio }));
  const last = path.points[path.points.length - 1];
  const colds = await timesOfSeeds((seed) => fit(X, target, { ...shared, lambda: last.lambda, seed }));
  const [cold] = colds[0];
  const coldSeconds = median(colds.map(([, seconds]) => seconds));
  const checks = Number(values.checks);
  let difference = 0;
  for (let k = 1; k <= checks; k++) {
    const point = path.points[Math.round((k * (path.points.length - 1)) / checks)];
    const alone = point === last ? cold : await fit(X, target, { ...shared, lambda: point.lambda });
    const [a, b] = [point.certificate, alone.certificate];
    difference = Math.max(difference, Math.abs(a.primal - b.primal) / (a.gap + b.gap));
  }
  return {
    set,
    rows: X.rows,
    inputs: X.cols,
    loss,
    lambdas,
    minRatio,
    gap,
    open: path.points.filter(({ certificate }) => !(certificate.relativeGap <= certificate.tolerance)).length,
    neurons: last.weights.hidden.rows,
    pathSeconds,
    coldSeconds,
    coldStatus: cold.status,
    difference,
    checks,
  };
}

const file = join(values.out, 'path.json');
const known: Row[] = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).rows : [];

function write(name: string, text: string): void {
  mkdirSync(values.out, { recursive: true });
  writeFileSync(`${join(values.out, name)}.tmp`, text);
  renameSync(`${join(values.out, name)}.tmp`, join(values.out, name));
}

const median = (list: readonly number[]): number => {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

function page(rows: readonly Row[]): string {
  const lines = rows.map(
    (r) =>
      `| ${r.set} | ${r.rows} × ${r.inputs} | ${r.loss} | ${r.open} | ${r.neurons} | ${r.pathSeconds.toFixed(1)} | ${r.coldSeconds.toFixed(1)}${r.coldStatus === 'solved' ? '' : ` (${r.coldStatus})`} | ${(r.pathSeconds / r.coldSeconds).toFixed(1)} | ${r.difference.toFixed(2)} |`,
  );
  const ratio = median(rows.map((r) => r.pathSeconds / r.coldSeconds));
  return `# Regularisation paths

2-core x86-64 cloud machine, Node 20, one thread, CPU seconds; the machine had other work. Made by \`npx tsx bench/path.ts --data FOLDER\`, with tables
of the UCI collection. ${rows[0]?.lambdas} λ from λ_max to ${rows[0]?.minRatio}·λ_max, a certified relative gap of ${rows[0]?.gap} at each; a cold solve is \`fit\` to the
same gap at the smallest λ, certificate included, the middle of three seeds; a short path and fit come before, untimed, so that compiling counts for no set. *Difference*: the largest |difference| between the objective of a path's network and that of a
cold solve at the same λ (${rows[0]?.checks} λ of each path), over the sum of the two certified gaps: at most 1 when both are right; above 1 the search of one of them missed a neuron, and its priced gap says too little.

Median of path over cold solve: **${ratio.toFixed(1)}**.

| set | rows × inputs | loss | λ with an open gap | neurons at the end | path | cold | path / cold | difference |
| --- | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
${lines.join('\n')}
`;
}

/** A short path and a fit that no row counts: what the engine compiles in them it has at hand for all sets. */
async function warmUp(set: string): Promise<void> {
  const { X, target, shared } = await problemOf(set);
  const path = await fitPath(X, target, { ...shared, lambdas: 10, minRatio: 0.01 });
  await fit(X, target, { ...shared, lambda: path.points[path.points.length - 1].lambda });
}

const rows = [...known];
await warmUp(values.sets.split(',')[0]);
for (const set of values.sets.split(',')) {
  if (rows.some((row) => row.set === set)) continue;
  const row = await rowOf(set);
  rows.push(row);
  console.log(
    `${set}: path ${row.pathSeconds.toFixed(1)} s, cold ${row.coldSeconds.toFixed(1)} s (${row.coldStatus}), open ${row.open}, difference ${row.difference.toFixed(2)}`,
  );
  write('path.json', `${JSON.stringify({ rows }, null, 1)}\n`);
  write('path.md', page(rows));
}
