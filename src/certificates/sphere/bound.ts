import { requireThat } from '../../base/index.js';
import type { Matrix } from '../../linalg/index.js';
import { Bounding, type SphereBound, type SphereOptions } from './bounding.js';
import { powerOfTwo, type SphereData, sphereData } from './data.js';

export type { SphereBound, SphereMethod, SphereOptions } from './bounding.js';

/**
 * Upper and lower bounds of h(r) = max over ‖u‖ ≤ 1 of |rᵀ(Xu)_+|, for both signs of r (proofs: docs/certificates.md).
 * Always returns what it has when stopped. Deterministic unless a time limit or signal stops it.
 *
 * @param X n×d (or `sphereData` of it).
 * @param r n numbers.
 * @throws `usage` for a wrong length, `data` for a number that is not finite.
 */
export async function sphereBound(
  X: Matrix | SphereData,
  r: Float64Array,
  options: SphereOptions = {},
): Promise<SphereBound> {
  const data = 'reduced' in X ? X : sphereData(X);
  requireThat(r.length === data.x.rows, `sphereBound: r has ${r.length} entries, X has ${data.x.rows} rows.`);
  requireThat(r.every(Number.isFinite), 'sphereBound: r must hold finite numbers only.', 'data');
  const scale = powerOfTwo(r);
  const theta = r.map((t) => t / scale);
  const unit = scale * data.scale;
  const search = new Bounding(data, theta, { ...options, target: (options.target ?? 0) / unit });
  const bound = await search.run();
  return { ...bound, upper: bound.upper * unit, lower: bound.lower * unit };
}
