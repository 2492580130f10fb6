import type { NetworkWeights } from 'relucent';
import type { OptimalPicture } from '../solver/protocol.js';

type Place = readonly [number, number];

interface Share {
  readonly sizes: Float64Array;
  readonly bias: Float64Array;
  readonly share: number;
}

const cross = (a: Place, b: Place): number => a[0] * b[1] - a[1] * b[0];
const minus = (a: Place, b: Place): Place => [a[0] - b[0], a[1] - b[1]];

/** The place in the outline nearest to the one asked for. */
export function clamped(outline: readonly Place[], at: Place): Place {
  if (outline.length === 0) return [0, 0];
  if (
    outline.length > 2 &&
    outline.every((p, k) => cross(minus(outline[(k + 1) % outline.length], p), minus(at, p)) >= 0)
  )
    return at;
  let best: { place: Place; far: number } | null = null;
  outline.forEach((p, k) => {
    const edge = minus(outline[(k + 1) % outline.length], p);
    const length = edge[0] ** 2 + edge[1] ** 2 || 1;
    const t = Math.min(1, Math.max(0, ((at[0] - p[0]) * edge[0] + (at[1] - p[1]) * edge[1]) / length));
    const place: Place = [p[0] + t * edge[0], p[1] + t * edge[1]];
    const far = Math.hypot(place[0] - at[0], place[1] - at[1]);
    if (far < (best?.far ?? Number.POSITIVE_INFINITY)) best = { place, far };
  });
  return (best as { place: Place } | null)?.place ?? at;
}

/** The chosen place as a mixture of corners: the triangle of the middle and two neighbouring corners that holds it. */
function shares({ outline, corners, givenSizes, givenBias }: OptimalPicture, asked: Place): Share[] {
  const count = outline.length;
  if (count === 0) return [{ sizes: givenSizes, bias: givenBias, share: 1 }];
  const at = clamped(outline, asked);
  if (count === 2) {
    const t = (at[0] - outline[0][0]) / (outline[1][0] - outline[0][0] || 1);
    return [
      { ...corners[0], share: 1 - t },
      { ...corners[1], share: t },
    ];
  }
  const middle: Place = [
    outline.reduce((sum, p) => sum + p[0], 0) / count,
    outline.reduce((sum, p) => sum + p[1], 0) / count,
  ];
  for (let k = 0; k < count; k++) {
    const [p, q] = [minus(outline[k], middle), minus(outline[(k + 1) % count], middle)];
    const area = cross(p, q);
    const [a, b] = [cross(minus(at, middle), q) / area, cross(p, minus(at, middle)) / area];
    if (a < -1e-9 || b < -1e-9) continue;
    const rest = Math.max(0, 1 - a - b) / count;
    return corners.map((corner, j) => ({
      ...corner,
      share: rest + (j === k ? a : 0) + (j === (k + 1) % count ? b : 0),
    }));
  }
  return [{ sizes: givenSizes, bias: givenBias, share: 1 }];
}

/**
 * The member at a place of the picture, moved the given share towards a minimal one. The set is convex: every mixture of members is one.
 */
export function memberAt(picture: OptimalPicture, at: Place, pruned: number): NetworkWeights {
  const minimal = picture.pruning[picture.pruning.length - 1];
  const parts = shares(picture, at).map((part) => ({ ...part, share: part.share * (1 - pruned) }));
  if (minimal) parts.push({ ...minimal, share: pruned });
  const { unit } = picture;
  const sizes = new Float64Array(unit.hidden.rows);
  const bias = new Float64Array(unit.outputBias.length);
  for (const part of parts) {
    if (part.share === 0) continue;
    part.sizes.forEach((size, i) => {
      sizes[i] += part.share * size;
    });
    part.bias.forEach((value, k) => {
      bias[k] += part.share * value;
    });
  }
  const { rows, cols, data } = unit.output;
  const output = { rows, cols, data: data.map((alpha, k) => alpha * sizes[Math.floor(k / cols)]) };
  return { ...unit, output, outputBias: bias };
}
