import { describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { sphereBound } from '../../src/certificates/index.js';
import { boundCone, type Cone, coneMargin } from '../../src/certificates/sphere/cone.js';
import { sphereData } from '../../src/certificates/sphere/data.js';
import { type SphereProblem, sphereProblem, valueAt } from '../../src/certificates/sphere/problem.js';
import { matrixFromRows } from '../../src/linalg/index.js';

/** Rows on few planes and a residual whose largest value sits in the corner of two hyperplanes. */
const X = matrixFromRows([
  [-2.5, 0, 1],
  [-1.5, 2, 1],
  [-0.5, 1, 1],
  [0.5, 0, 1],
  [1.5, 2, 1],
]);
const r = Float64Array.of(
  0.12900969313893018,
  -0.10440506857569115,
  0.04151910353777488,
  -0.1973388561963312,
  0.1312151280953171,
);

const unit = (v: Float64Array): Float64Array => {
  const length = Math.sqrt(v.reduce((s, t) => s + t * t, 0));
  return v.map((t) => t / length);
};

describe('cones that rounding makes flat', () => {
  it('still come below the target: branch and bound ends in a corner', async () => {
    const target = 0.26243 * (1 + 2e-6);
    const bound = await sphereBound(X, r, { method: 'branch-and-bound', target, nodeLimit: 50_000 });
    expect(bound.upper).toBeLessThanOrEqual(target);
    expect(bound.upper).toBeGreaterThanOrEqual(bound.lower);
  });

  it('are bounded from above, and nearly by the value', () => {
    const random = createRandom(8);
    const p = sphereProblem(sphereData(X).reduced, r);
    for (let trial = 0; trial < 200; trial++) {
      const size = 10 ** -(3 + 5 * random.uniform());
      const cone = sliver(p, size, random);
      const { bound } = boundCone(p, cone, 0);
      for (let k = 0; k < 50; k++) {
        const value = cone.sign * valueAt(p, inside(cone, random.uniform));
        expect(value).toBeLessThanOrEqual(bound + coneMargin(p));
      }
      const value = Math.max(0, cone.sign * valueAt(p, cone.vertices.subarray(0, 3)));
      expect(bound).toBeLessThanOrEqual(value + 2 * p.total * size + coneMargin(p));
    }
  });
});

/** Vertices within about `size` of a direction in the first orthant, as good as on a line. */
function sliver(p: SphereProblem, size: number, random: ReturnType<typeof createRandom>): Cone {
  const centre = unit(Float64Array.from({ length: 3 }, () => 0.2 + random.uniform()));
  const along = unit(Float64Array.from({ length: 3 }, () => random.normal()));
  const vertices = [0, 1, 2].flatMap((j) => [
    ...unit(centre.map((t, k) => t + 0.5 * size * (j - 1) * along[k] + 1e-3 * size * size * random.normal())),
  ]);
  const sign = random.uniform() < 0.5 ? 1 : -1;
  return {
    sign,
    depth: 0,
    vertices: Float64Array.from(vertices),
    linear: p.linear.map((t) => sign * t),
    rows: Int32Array.from({ length: p.count }, (_, k) => k),
  };
}

function inside({ vertices }: Cone, uniform: () => number): Float64Array {
  const beta = [uniform(), uniform(), uniform()];
  return unit(
    Float64Array.from(
      { length: 3 },
      (_, k) => beta[0] * vertices[k] + beta[1] * vertices[3 + k] + beta[2] * vertices[6 + k],
    ),
  );
}
