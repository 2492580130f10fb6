import { RelucentError } from '../base/index.js';
import type { Matrix } from '../linalg/index.js';
import { addTo, combination, dot } from './vectors.js';

/** What the search needs of the polytope. */
interface VertexOracle {
  readonly count: number;
  readonly vertex: Float64Array;
  least(cost: Float64Array): { readonly point: Float64Array };
}

/** A vertex in use: the point, its image A a − t, and its share. */
interface Corner {
  readonly point: Float64Array;
  readonly image: Float64Array;
  share: number;
}

/** A vertex nearer to the origin by less than this share of the squared lengths is none. */
const NEARER = 1e-13;

/**
 * The point of a polytope that minimises ‖A a − t‖ (Wolfe 1976, "Finding the nearest point in a polytope"): corners that
 * are affinely independent, the nearest point of their hull, and from the polytope the vertex farthest against it. Ends after
 * finitely many rounds.
 *
 * @param rows m×k: row i is column i of A.
 */
export function nearestPoint(polytope: VertexOracle, rows: Matrix, target: Float64Array): Float64Array {
  const corner = (point: Float64Array): Corner => {
    const image = combination(rows, point);
    for (let k = 0; k < image.length; k++) image[k] -= target[k];
    return { point, image, share: 0 };
  };
  let corners = [{ ...corner(polytope.vertex), share: 1 }];
  for (let round = 0; round < 100 * (polytope.count + 10); round++) {
    const here = mixed(corners, (c) => c.image);
    const cost = new Float64Array(polytope.count);
    for (let i = 0; i < cost.length; i++) cost[i] = dot(rows.data, i * rows.cols, here, 0, rows.cols);
    const next = corner(polytope.least(cost).point);
    const size = dot(next.image, 0, next.image, 0, here.length) + dot(here, 0, here, 0, here.length);
    const gain = dot(here, 0, here, 0, here.length) - dot(here, 0, next.image, 0, here.length);
    if (gain <= NEARER * size) return mixed(corners, (c) => c.point);
    const joined = settled([...corners, next]);
    // the new corner depends on the others as far as rounding lets one see: there is nothing to gain
    if (joined === null) return mixed(corners, (c) => c.point);
    corners = joined;
  }
  throw new RelucentError('internal', 'optimalSet: the search for the nearest member did not end.');
}

function mixed(corners: readonly Corner[], of: (c: Corner) => Float64Array): Float64Array {
  const out = new Float64Array(of(corners[0]).length);
  for (const c of corners) addTo(out, 0, c.share, of(c), 0, out.length);
  return out;
}

/** Shares of the nearest point of the corners' hull; corners without a share are dropped. Null for dependent corners. */
function settled(start: Corner[]): Corner[] | null {
  let corners = start;
  for (;;) {
    const wanted = affineShares(corners);
    if (wanted === null) return null;
    if (wanted.every((share) => share > 1e-14)) {
      corners.forEach((c, k) => {
        c.share = wanted[k];
      });
      return corners;
    }
    corners = stepped(corners, wanted);
  }
}

/** As far towards the wanted shares as all stay ≥ 0; what reaches zero goes. */
function stepped(corners: Corner[], wanted: Float64Array): Corner[] {
  let step = 1;
  corners.forEach((c, k) => {
    if (wanted[k] <= 1e-14 && c.share > wanted[k]) step = Math.min(step, c.share / (c.share - wanted[k]));
  });
  corners.forEach((c, k) => {
    c.share += step * (wanted[k] - c.share);
  });
  const least = Math.min(...corners.filter((_, k) => wanted[k] <= 1e-14).map((c) => c.share));
  const kept = corners.filter((c, k) => c.share > 1e-14 && !(wanted[k] <= 1e-14 && c.share <= least));
  const sum = kept.reduce((s, c) => s + c.share, 0);
  for (const c of kept) c.share /= sum;
  return kept;
}

/** Shares, summing to 1, of the nearest point of the affine hull: by QR of the differences to the first corner. Null: dependent. */
function affineShares(corners: readonly Corner[]): Float64Array | null {
  const [first, ...others] = corners;
  const size = first.image.length;
  const basis: Float64Array[] = [];
  const triangle: Float64Array[] = [];
  const rest = first.image.map((v) => -v);
  const along: number[] = [];
  for (const other of others) {
    const v = other.image.map((value, k) => value - first.image[k]);
    const whole = Math.sqrt(dot(v, 0, v, 0, size));
    const column = new Float64Array(others.length);
    for (let pass = 0; pass < 2; pass++) {
      basis.forEach((b, k) => {
        const part = dot(b, 0, v, 0, size);
        column[k] += part;
        addTo(v, 0, -part, b, 0, size);
      });
    }
    const norm = Math.sqrt(dot(v, 0, v, 0, size));
    if (!(norm > 1e-11 * whole)) return null;
    column[basis.length] = norm;
    triangle.push(column);
    basis.push(v.map((value) => value / norm));
    const last = basis[basis.length - 1];
    const part = dot(last, 0, rest, 0, size);
    along.push(part);
    addTo(rest, 0, -part, last, 0, size);
  }
  return backSolved(triangle, along);
}

function backSolved(triangle: readonly Float64Array[], along: readonly number[]): Float64Array {
  const k = along.length;
  const shares = new Float64Array(k + 1);
  for (let i = k - 1; i >= 0; i--) {
    let value = along[i];
    for (let j = i + 1; j < k; j++) value -= triangle[j][i] * shares[j + 1];
    shares[i + 1] = value / triangle[i][i];
  }
  shares[0] = 1 - shares.subarray(1).reduce((sum, share) => sum + share, 0);
  return shares;
}
