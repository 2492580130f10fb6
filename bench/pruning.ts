/**
 * Exact pruning to a minimal network: npx tsx bench/pruning.ts [n …] [--write]. Seconds of processor time of one thread, with as many
 * neurons as rows and activations of rank n/2 (random sets of pairs of rows), for
 * - `pruningSteps`' way: one factorisation, then an exchange of two columns a step;
 * - one solve a step (the paper's way): the neurons that are left are factored anew for each null vector. Run to its end up to n = 500;
 *   beyond, extrapolated by the power of n between the last two sizes that ran, and said so.
 * --write: docs/results/pruning-time.json and docs/pictures/pruning-time.svg; --draw: the picture from the former.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import * as Plot from '@observablehq/plot';
import type { Matrix } from '../src/linalg/index.js';
import { pivotedQr } from '../src/optimal-set/pivoted-qr.js';
import { Polytope, selectRows } from '../src/optimal-set/polytope.js';
import { combination } from '../src/optimal-set/vectors.js';
import { documentOf, label, palette } from '../src/report/canvas.js';
import { plotted } from '../src/report/plotted.js';
import { problem } from './pruning/problem.js';

const TOLERANCE = 1e-10;
const largestSolved = 500;

const given = process.argv
  .slice(2)
  .filter((word) => /^\d+$/.test(word))
  .map(Number);
const sizes = given.length > 0 ? given : [125, 250, 500, 1000, 2000];

function seconds(task: () => void): number {
  const before = process.cpuUsage();
  task();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function fitChange(columns: Matrix, a: Float64Array, b: Float64Array): number {
  const [f, g] = [combination(columns, a), combination(columns, b)];
  return f.reduce((most, value, k) => Math.max(most, Math.abs(value - g[k])), 0);
}

const widthOf = (a: Float64Array): number => a.filter((value) => value > 0).length;

/** Factors what is left, takes a null vector, goes along it until a neuron dies; again until none is left. */
function oneSolveAStep(columns: Matrix, start: Float64Array): { end: Float64Array; steps: number } {
  const a = start.slice();
  for (let steps = 0; ; steps++) {
    const used = Array.from(a.keys()).filter((i) => a[i] > 0);
    const { order, rank, coordinates } = pivotedQr(selectRows(columns, used), TOLERANCE);
    if (rank === used.length) return { end: a, steps };
    const beta = new Float64Array(used.length);
    beta[order[rank]] = 1;
    for (let k = 0; k < rank; k++) beta[order[k]] = -coordinates.data[k * coordinates.cols];
    const ratio = beta.map((b, k) => b / a[used[k]]);
    const most = ratio.reduce((top, value) => Math.max(top, value), 0);
    used.forEach((i, k) => {
      a[i] = ratio[k] === most ? 0 : a[i] * Math.max(0, 1 - ratio[k] / most);
    });
  }
}

interface Row {
  readonly n: number;
  readonly steps: number;
  readonly exchanges: number;
  readonly exchangesFitChange: number;
  readonly solves: number | null;
  readonly solvesExtrapolated: number | null;
}

const docs = resolve(import.meta.dirname, '../docs');
const results = resolve(docs, 'results/pruning-time.json');
const redraw = process.argv.includes('--draw');
const rows: Row[] = redraw ? (JSON.parse(readFileSync(results, 'utf8')) as Row[]) : [];
for (const n of redraw ? [] : sizes) {
  const { columns, start } = problem(n);
  let end = start;
  let steps = 0;
  const exchanges = seconds(() => {
    const found = new Polytope(columns, start, TOLERANCE).descend();
    end = found.vertex;
    steps = found.steps.length;
  });
  let solves: number | null = null;
  if (n <= largestSolved) {
    let reached = start;
    solves = seconds(() => {
      reached = oneSolveAStep(columns, start).end;
    });
    if (widthOf(reached) !== widthOf(end))
      throw new Error(`n = ${n}: ${widthOf(reached)} and ${widthOf(end)} neurons.`);
  }
  const measured = rows.filter((row) => row.solves !== null).slice(-2);
  const solvesExtrapolated = solves === null && measured.length === 2 ? extrapolated(n, measured) : null;
  const exchangesFitChange = fitChange(columns, start, end);
  rows.push({ n, steps, exchanges, exchangesFitChange, solves, solvesExtrapolated });
  const other =
    solves === null
      ? `one solve a step: about ${solvesExtrapolated?.toFixed(0) ?? '?'} s by extrapolation, not run`
      : `one solve a step ${solves.toFixed(2)} s`;
  const ratio = (solves ?? solvesExtrapolated ?? Number.NaN) / exchanges;
  console.log(
    `n = ${n}: ${steps} exact steps to ${widthOf(end)} neurons in ${exchanges.toFixed(2)} s (fit changed by ${exchangesFitChange.toExponential(1)}); ${other}; ratio ${ratio.toFixed(0)}`,
  );
}

/** The power of n between the last two measured sizes, continued. */
function extrapolated(n: number, [a, b]: readonly Row[]): number {
  const power = Math.log((b.solves ?? 0) / (a.solves ?? 1)) / Math.log(b.n / a.n);
  return (b.solves ?? 0) * (n / b.n) ** power;
}

function picture(): string {
  const [width, height] = [640, 400];
  const dots = rows.map(({ n, exchanges }) => ({ n, s: exchanges }));
  const solved = rows.filter(({ solves }) => solves !== null).map(({ n, solves }) => ({ n, s: solves ?? 0 }));
  const beyond = rows
    .filter(({ solvesExtrapolated }) => solvesExtrapolated !== null)
    .map(({ n, solvesExtrapolated }) => ({ n, s: solvesExtrapolated ?? 0 }));
  const line = (points: typeof dots, stroke: string, dash?: string): Plot.Markish[] => [
    Plot.line(points, { x: 'n', y: 's', stroke, strokeWidth: 2, strokeDasharray: dash }),
    Plot.dot(points, { x: 'n', y: 's', r: 4, fill: dash ? 'white' : stroke, stroke }),
  ];
  const body = plotted(
    {
      width,
      height: height - 60,
      marginLeft: 60,
      marginBottom: 42,
      x: {
        type: 'log',
        ticks: sizes,
        tickFormat: String,
        label: 'neurons and training rows',
        labelAnchor: 'center',
        labelArrow: 'none',
      },
      y: {
        type: 'log',
        domain: [0.01, 10_000],
        grid: true,
        tickFormat: (s: number) => String(s),
        ticks: [0.01, 0.1, 1, 10, 100, 1000, 10_000],
        label: 'processor seconds, one thread',
        labelAnchor: 'center',
        labelArrow: 'none',
      },
      marks: [
        Plot.frame({ stroke: palette.faint }),
        ...line([...solved.slice(-1), ...beyond], palette.orange, '5 4'),
        ...line(solved, palette.orange),
        ...line(dots, palette.blue),
      ],
    },
    0,
    60,
  );
  const words = [
    label(12, 22, 'Pruning to a minimal network, exactly', { size: 15, weight: 600 }),
    label(12, 42, 'one solve a step', { fill: palette.orange, weight: 600 }),
    label(118, 42, '(dashed, hollow: extrapolated, not run)', { fill: palette.orange }),
    label(370, 42, 'one factorisation, then exchanges', { fill: palette.blue, weight: 600 }),
  ];
  return documentOf({ width, height }, 'Time of exact pruning against the number of neurons', words.join('') + body);
}

if (redraw || process.argv.includes('--write')) {
  for (const folder of ['results', 'pictures']) mkdirSync(resolve(docs, folder), { recursive: true });
  writeFileSync(results, `${JSON.stringify(rows, null, 2)}\n`);
  writeFileSync(resolve(docs, 'pictures/pruning-time.svg'), picture());
}
