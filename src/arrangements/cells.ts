import { CellTable } from './cell-table.js';
import { type Grouping, groupParallel, type Normals } from './parallel.js';
import { sweepPlane } from './sweep.js';

/**
 * Half of the cells of distinct hyperplanes (see CellTable), by their facets.
 *
 * The facets of the cells on hyperplane i are exactly the cells of the other hyperplanes' traces on it, an arrangement
 * of one rank less; each is a facet of two cells, which differ in sign i alone. Every cell of at least two hyperplanes
 * has at least two facets, so every cell is met, and the sum of points inside two of its facets lies strictly inside
 * it: such a point is zero on no hyperplane but that of its own facet. No step size is needed and no sign is ever
 * read off a hyperplane that a point lies on.
 *
 * Stops early once more than `limit` cells are there; then points of cells with one facet met lie on it.
 */
export function cellsOf(normals: Normals, limit: number): CellTable {
  if (normals.count === 1) return oneHyperplane(normals);
  if (normals.rank === 2) return sweepPlane(normals);
  const table = new CellTable(normals.count, normals.rank);
  for (let i = 0; i < normals.count && table.count <= limit; i++) addFacets(table, normals, i, limit);
  return table;
}

function oneHyperplane(normals: Normals): CellTable {
  const table = new CellTable(1, normals.rank, 1);
  table.add(Uint32Array.of(1), normals.data);
  return table;
}

/** Adds the two cells at each facet on hyperplane i, with a point inside that facet. */
export function addFacets(table: CellTable, normals: Normals, i: number, limit: number): void {
  const trace = restrict(normals, i);
  const faces = cellsOf(trace.distinct, limit);
  const key = new Uint32Array(table.words);
  const other = new Uint32Array(table.words);
  const point = new Float64Array(normals.rank);
  for (let c = 0; c < faces.count; c++) {
    signsAround(faces, c, trace, i, key);
    liftPoint(faces, c, trace.reflection, point);
    other.set(key);
    other[i >>> 5] |= 1 << (i & 31);
    table.add(key, point);
    table.add(other, point);
  }
}

interface Trace extends Grouping {
  /** v of the reflection I − 2vvᵀ/(v·v) that turns normal i into the first axis. */
  readonly reflection: Float64Array;
}

/** The traces of the other hyperplanes on hyperplane i: group and side are indexed by hyperplane, i left out. */
function restrict(normals: Normals, i: number): Trace {
  const reflection = axisReflection(normals.data.subarray(i * normals.rank, (i + 1) * normals.rank));
  const grouping = groupParallel(projectOthers(normals, i, reflection));
  return { ...grouping, reflection };
}

/** Unit normals of the traces. Where hyperplanes meet at angle s, dividing by s = sin multiplies the error by 1/s. */
function projectOthers(normals: Normals, i: number, v: Float64Array): Normals {
  const { count, rank, error } = normals;
  const data = new Float64Array((count - 1) * (rank - 1));
  const errors = new Float64Array(count - 1);
  const image = new Float64Array(rank);
  for (let j = 0, row = 0; j < count; j++) {
    if (j === i) continue;
    image.set(normals.data.subarray(j * rank, (j + 1) * rank));
    reflect(v, image);
    let square = 0;
    for (let k = 1; k < rank; k++) square += image[k] * image[k];
    const sine = Math.sqrt(square);
    for (let k = 1; k < rank; k++) data[row * (rank - 1) + k - 1] = image[k] / sine;
    errors[row++] = (error[i] + error[j] + 2 ** -51) / sine;
  }
  return { count: count - 1, rank: rank - 1, data, error: errors };
}

function axisReflection(normal: Float64Array): Float64Array {
  const v = normal.slice();
  v[0] += v[0] >= 0 ? 1 : -1;
  return v;
}

function reflect(v: Float64Array, x: Float64Array): void {
  let product = 0;
  let square = 0;
  for (let k = 0; k < v.length; k++) {
    product += v[k] * x[k];
    square += v[k] * v[k];
  }
  const factor = (2 * product) / square;
  for (let k = 0; k < v.length; k++) x[k] -= factor * v[k];
}

/** key ← the signs of the hyperplanes at face c, with bit i zero. */
function signsAround(faces: CellTable, c: number, trace: Trace, i: number, key: Uint32Array): void {
  const { group, side } = trace;
  const at = c * faces.words;
  key.fill(0);
  for (let k = 0; k < group.length; k++) {
    const g = group[k];
    const positive = (faces.keys[at + (g >>> 5)] >>> (g & 31)) & 1;
    const j = k < i ? k : k + 1;
    if ((positive === 1) === side[k] > 0) key[j >>> 5] |= 1 << (j & 31);
  }
}

/** point ← the unit vector on hyperplane i that the sum of points of face c stands for. */
function liftPoint(faces: CellTable, c: number, v: Float64Array, point: Float64Array): void {
  const at = c * faces.rank;
  let square = 0;
  for (let k = 0; k < faces.rank; k++) square += faces.points[at + k] ** 2;
  const norm = Math.sqrt(square);
  point[0] = 0;
  for (let k = 0; k < faces.rank; k++) point[k + 1] = faces.points[at + k] / norm;
  reflect(v, point);
}
