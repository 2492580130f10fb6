import { createRandom } from '../../src/base/index.js';
import { type Matrix, matrix, networkObjective } from '../../src/index.js';
import type { OptimalSet } from '../../src/optimal-set/index.js';
import { documentOf, type Fragment, label, moved, palette } from '../../src/report/canvas.js';
import type { Experiment } from '../shared/experiment.js';
import { writeFigure, writeResult } from '../shared/files.js';
import { type Block, blockSet, blocksOf, leastNorm, solveBlocks } from './blocks.js';
import { group } from './settings.js';
import type { Labelled } from './uci.js';

/** The paper's settings: four points in two dimensions, 20 gates, λ = 0.01. Its random numbers are numpy's, these are ours. */
const settings = { n: 4, d: 2, gates: 20, lambda: 0.01, seed: 123 };

/** Standard normal rows, targets of a linear model, as the paper's generator makes them. */
function regressionRows(): Labelled {
  const { n, d, seed } = settings;
  const random = createRandom(seed);
  const X = matrix(n, d);
  for (let k = 0; k < n * d; k++) X.data[k] = random.normal();
  const w = Array.from({ length: d }, () => random.normal());
  return { X, y: Float64Array.from({ length: n }, (_, i) => w.reduce((sum, v, k) => sum + v * X.data[i * d + k], 0)) };
}

/** Three blocks of one direction; the optimal set lets their sizes vary with a constant sum. */
function threeBlocks(blocks: readonly Block[]): [number, number, number] {
  const byCandidate = new Map<number, number[]>();
  blocks.forEach(({ candidate }, j) => {
    byCandidate.set(candidate, [...(byCandidate.get(candidate) ?? []), j]);
  });
  const widest = [...byCandidate.values()].reduce((a, b) => (b.length > a.length ? b : a));
  if (widest.length < 3) throw new Error('figure 1: no neuron lies in three blocks; take more gates.');
  return [widest[0], widest[1], widest[2]];
}

type Point = readonly [number, number, number];

/** Corners (shares of the three blocks) of the small triangles that a big one is cut into. */
function mesh(steps: number): Point[][] {
  const at = (i: number, k: number): Point => [i / steps, k / steps, (steps - i - k) / steps];
  const triangles: Point[][] = [];
  for (let i = 0; i < steps; i++) {
    for (let k = 0; i + k < steps; k++) {
      triangles.push([at(i, k), at(i + 1, k), at(i, k + 1)]);
      if (i + k + 1 < steps) triangles.push([at(i + 1, k), at(i + 1, k + 1), at(i, k + 1)]);
    }
  }
  return triangles;
}

const scale = 150;
/** √3/2: axes at 120°. */
const slope = Math.sqrt(3) / 2;

/** An isometric view of the unit cube. */
const seen = ([x, y, z]: Point): [number, number] => [scale * slope * (y - x), scale * ((x + y) / 2 - z)];

const path = (points: readonly Point[]): string =>
  `M${points
    .map((p) =>
      seen(p)
        .map((v) => v.toFixed(1))
        .join(' '),
    )
    .join('L')}`;

function axes(names: readonly string[]): Fragment {
  const ends: Point[] = [
    [1.25, 0, 0],
    [0, 1.25, 0],
    [0, 0, 1.25],
  ];
  return ends
    .map((end, k) => {
      const [x, y] = seen(end.map((v) => v * 1.06) as unknown as Point);
      const grid = [0.25, 0.5, 0.75, 1].map((t) => {
        const other = ends[(k + 1) % 3].map((v) => v * 0.8);
        const from = end.map((v) => v * 0.8 * t) as unknown as Point;
        const to = from.map((v, c) => v + other[c]) as unknown as Point;
        const across = other.map((v, c) => v * t + end[c] * 0.8) as unknown as Point;
        const start = other.map((v) => v * t) as unknown as Point;
        return `<path d="${path([from, to])}" stroke="${palette.faint}"/><path d="${path([start, across])}" stroke="${palette.faint}"/>`;
      });
      return `${grid.join('')}<path d="${path([[0, 0, 0], end])}" stroke="${palette.quiet}"/>${label(x, y + 4, names[k], { anchor: 'middle', size: 13 })}`;
    })
    .join('');
}

/** Colour by the third share, from blue to orange. */
function colour(share: number): string {
  const mix = (a: number, b: number): number => Math.round(a + (b - a) * share);
  return `rgb(${mix(0, 240)},${mix(90, 160)},${mix(178, 30)})`;
}

function surface(triangles: readonly Point[][], place: (share: Point) => Point): Fragment {
  return triangles
    .map((corners) => {
      const tone = colour(corners.reduce((sum, corner) => sum + corner[2], 0) / 3);
      return `<path d="${path(corners.map(place))}Z" fill="${tone}" stroke="${tone}" stroke-width="0.6"/>`;
    })
    .join('');
}

/** Two optimal points and the middle between them. */
function chord(): Fragment {
  const dot = (p: Point, fill: string): string => {
    const [x, y] = seen(p);
    return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4.5" fill="${fill}" stroke="white"/>`;
  };
  const line = `<path d="${path([
    [1, 0, 0],
    [0, 1, 0],
  ])}" stroke="${palette.ink}" stroke-width="1.6" stroke-dasharray="4 3"/>`;
  return (
    line +
    dot([1, 0, 0], palette.ink) +
    dot([0, 1, 0], palette.ink) +
    dot([0.5, 0.5, 0], '#ffffff') +
    ring(seen([0.5, 0.5, 0]))
  );
}

const ring = ([x, y]: readonly [number, number]): string =>
  `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4.5" fill="none" stroke="${palette.ink}" stroke-width="1.6"/>`;

function picture(): string {
  const triangles = mesh(18);
  const panel = (
    x: number,
    title: string,
    remark: string,
    names: readonly string[],
    place: (p: Point) => Point,
  ): Fragment =>
    moved(
      x,
      256,
      label(0, -232, title, { size: 16, weight: 600, anchor: 'middle' }) +
        label(0, -212, remark, { size: 12, anchor: 'middle', fill: palette.quiet }) +
        axes(names) +
        surface(triangles, place) +
        chord(),
    );
  const rooted = (share: Point): Point => [Math.sqrt(share[0]), Math.sqrt(share[1]), Math.sqrt(share[2])];
  return documentOf(
    { width: 820, height: 430 },
    'Figure 1: the optimal set of the convex program and of the network',
    panel(205, 'Convex program', 'the middle of two optima is optimal', ['[v₁]₁', '[v₂]₁', '[v₃]₁'], (share) => share) +
      panel(615, 'Network', 'the middle of two optima is not', ['[W₁₁]₁', '[W₁₂]₁', '[W₁₃]₁'], rooted),
  );
}

export const figure1: Experiment = {
  name: 'figure-1',
  title: 'the optimal set of the convex program, and of the network, in three dimensions',
  async run(options) {
    const rows = regressionRows();
    const solved = await solveBlocks(rows, settings);
    const blocks = blocksOf(solved, solved.set);
    const least = leastNorm(solved.set, blocks);
    const set = blockSet(solved, solved.set, blocks, least, 'network');
    writeFigure(options, 'figure-1', picture());
    writeResult(options, group, 'figure-1', {
      ...settings,
      blocks: blocks.length,
      neurons: solved.set.given.neurons,
      dimension: set.dimension,
      networkDimension: solved.set.dimension,
      ...objectives(set, least, threeBlocks(blocks), rows),
    });
  },
};

/** At the corners of the three blocks' triangle, halfway between two of them, and at the network halfway between their networks. */
function objectives(set: OptimalSet, least: Float64Array, chosen: readonly number[], { X, y }: Labelled) {
  const whole = chosen.reduce((sum, j) => sum + least[j], 0);
  const at = (shares: readonly number[]): Float64Array => {
    const sizes = least.slice();
    chosen.forEach((j, k) => {
      sizes[j] = shares[k] * whole;
    });
    return sizes;
  };
  const objective = (hidden: Matrix, output: Matrix): number => {
    const bias = { hiddenBias: new Float64Array(hidden.rows), outputBias: new Float64Array(1) };
    const weights = { activation: 'relu', hidden, output, ...bias } as const;
    return networkObjective(weights, X, y, settings.lambda, { outputBias: false });
  };
  const value = (sizes: Float64Array): number => {
    const { hidden, output } = set.member(sizes).weights;
    return objective(hidden, output);
  };
  const corners = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ].map(at);
  // Neurons of size zero kept in place, so that weights can be averaged
  const [first, second] = corners.map((sizes) => placed(set, sizes));
  return {
    corners: corners.map(value),
    middleOfConvex: value(at([0.5, 0.5, 0])),
    middleOfNetworks: objective(mean(first.hidden, second.hidden), mean(first.output, second.output)),
  };
}

/** Weights of all blocks, balanced; also of those of size zero. */
function placed({ candidates }: OptimalSet, sizes: Float64Array): { hidden: Matrix; output: Matrix } {
  const hidden = matrix(sizes.length, settings.d);
  const output = matrix(sizes.length, 1);
  candidates.forEach(({ direction, sign }, j) => {
    const root = Math.sqrt(sizes[j]);
    direction.forEach((v, k) => {
      hidden.data[j * settings.d + k] = root * v;
    });
    output.data[j] = sign * root;
  });
  return { hidden, output };
}

const mean = (a: Matrix, b: Matrix): Matrix =>
  matrix(
    a.rows,
    a.cols,
    a.data.map((v, k) => (v + b.data[k]) / 2),
  );
