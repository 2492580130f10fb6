import { enumeratePatterns, type Matrix, RelucentError } from 'relucent';
import { type OptimalSet, optimalSet, type PredictionRange, pruningSteps } from 'relucent/optimal-set';
import type { Calls, OptimalPicture } from './protocol.js';
import { common } from './train.js';

/** With more patterns than this only those of the network itself take part. */
const mostPatterns = 20_000;
const outlineAngles = 32;

type Plane = readonly [Float64Array, Float64Array];

/** The set of all networks as good as the given one, flattened to what a page draws. */
export async function optimalPicture(
  { weights, data, lambda, tolerance, rows }: Calls['optimal']['ask'],
  _: unknown,
  signal: AbortSignal,
): Promise<OptimalPicture> {
  const { X, y, loss } = data;
  const patterns = weights.activation === 'relu' ? await allPatterns(X, signal) : undefined;
  const set = await optimalSet(weights, X, y, lambda, { loss, hiddenBias: common.hiddenBias, patterns, tolerance });
  const start = set.given.sizes;
  const plane = widest(set);
  const programs = new Programs(set);
  const { outline, corners } = outlineOf(set, plane, programs);
  const reach = await band(set, rows, programs, signal);
  const scaled = scaling(outline);
  return {
    dimension: set.dimension,
    rank: set.rank,
    candidates: set.candidates.length,
    deviation: set.deviation,
    outline: outline.map(scaled),
    corners: corners.map((sizes) => ({ sizes, bias: set.biasOf(sizes) })),
    given: scaled(projected(start, plane)),
    givenSizes: start,
    givenBias: set.biasOf(start),
    unit: set.network(new Float64Array(start.length).fill(1), new Float64Array(data.outputs)),
    band: reach,
    unsolved: programs.unsolved,
    pruning: pruningSteps(set)
      .filter(({ exact }) => exact)
      .map(({ neurons, sizes, outputBias }) => ({ neurons, sizes, bias: outputBias })),
  };
}

async function allPatterns(X: Matrix, signal: AbortSignal) {
  const augmented = { rows: X.rows, cols: X.cols + 1, data: new Float64Array(X.rows * (X.cols + 1)).fill(1) };
  for (let i = 0; i < X.rows; i++)
    augmented.data.set(X.data.subarray(i * X.cols, (i + 1) * X.cols), i * augmented.cols);
  if (X.cols > 3) return undefined;
  const { patterns, complete } = await enumeratePatterns(augmented, { limit: mostPatterns, signal });
  return complete ? patterns : undefined;
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i], 0);

const projected = (sizes: Float64Array, [p, q]: Plane): [number, number] => [dot(sizes, p), dot(sizes, q)];

/** The two directions in which members differ most, orthonormal; zero where the set is flat. */
function widest(set: OptimalSet): Plane {
  const m = set.candidates.length;
  const flat: Plane = [new Float64Array(m), new Float64Array(m)];
  if (set.dimension === 0) return flat;
  const members = set.sample(Math.max(24, 2 * set.dimension), 1).map(({ sizes }) => sizes);
  const mean = Float64Array.from({ length: m }, (_, i) => members.reduce((sum, a) => sum + a[i], 0) / members.length);
  const spread = members.map((a) => a.map((value, i) => value - mean[i]));
  const first = principal(spread);
  if (set.dimension === 1) return [first, flat[1]];
  const rest = spread.map((a) => a.map((value, i) => value - dot(a, first) * first[i]));
  return [first, principal(rest)];
}

/** The leading right singular vector of the rows, by the power method from the longest row. */
function principal(rows: readonly Float64Array[]): Float64Array {
  let v = rows.reduce((best, row) => (dot(row, row) > dot(best, best) ? row : best));
  for (let k = 0; k < 60; k++) {
    const next = new Float64Array(v.length);
    for (const row of rows) {
      const along = dot(row, v);
      for (let i = 0; i < next.length; i++) next[i] += along * row[i];
    }
    const size = Math.sqrt(dot(next, next));
    if (size === 0) break;
    v = next.map((value) => value / size);
  }
  const size = Math.sqrt(dot(v, v)) || 1;
  return v.map((value) => value / size);
}

/** The members farthest in each direction of the plane: the corners of the set's shadow on it. */
function outlineOf(
  set: OptimalSet,
  plane: Plane,
  programs: Programs,
): { outline: [number, number][]; corners: Float64Array[] } {
  const [p, q] = plane;
  const outline: [number, number][] = [];
  const corners: Float64Array[] = [];
  const angles = set.dimension === 0 ? 0 : set.dimension === 1 ? 2 : outlineAngles;
  for (let k = 0; k < angles; k++) {
    const angle = (2 * Math.PI * k) / angles;
    const cost = p.map((value, i) => Math.cos(angle) * value + Math.sin(angle) * q[i]);
    const sizes = programs.extreme(cost)?.greatest.member.sizes;
    if (sizes === undefined) continue;
    const at = projected(sizes, plane);
    const near = (other: [number, number]): boolean => Math.hypot(other[0] - at[0], other[1] - at[1]) < 1e-9;
    if (outline.some(near)) continue;
    outline.push(at);
    corners.push(sizes);
  }
  return { outline, corners };
}

/** Moves the outline into [−1, 1]², both directions by one scale. */
function scaling(outline: readonly (readonly [number, number])[]): (at: readonly [number, number]) => [number, number] {
  if (outline.length === 0) return () => [0, 0];
  const range = (k: 0 | 1): [number, number] => [
    Math.min(...outline.map((at) => at[k])),
    Math.max(...outline.map((at) => at[k])),
  ];
  const [x, y] = [range(0), range(1)];
  const half = Math.max(x[1] - x[0], y[1] - y[0]) / 2 || 1;
  return (at) => [(at[0] - (x[0] + x[1]) / 2) / half, (at[1] - (y[0] + y[1]) / 2) / half];
}

async function band(
  set: OptimalSet,
  rows: Matrix,
  programs: Programs,
  signal: AbortSignal,
): Promise<OptimalPicture['band']> {
  const [least, greatest] = [new Float64Array(rows.rows), new Float64Array(rows.rows)];
  const { rates, constant } = set.predictionOf(rows, 0);
  const flat = set.dimension === 0;
  const start = set.given.sizes;
  for (let k = 0; k < rows.rows && !signal.aborted; k++) {
    if (k % 40 === 39) await new Promise((turn) => setTimeout(turn));
    const here = dot(rates[k], start);
    const range = flat ? { least: { value: here }, greatest: { value: here } } : programs.extreme(rates[k]);
    least[k] = constant + (range?.least.value ?? Number.NaN);
    greatest[k] = constant + (range?.greatest.value ?? Number.NaN);
  }
  return { least, greatest };
}

/** Linear programs over the set; those that the simplex method gives up on (degenerate sets) are counted and left out. */
class Programs {
  unsolved = 0;

  constructor(readonly set: OptimalSet) {}

  extreme(cost: Float64Array): PredictionRange | null {
    try {
      return this.set.extreme(cost);
    } catch (error) {
      if (!(error instanceof RelucentError)) throw error;
      this.unsolved++;
      return null;
    }
  }
}
