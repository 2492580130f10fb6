import type { Loss, LossName } from './loss.js';
import { decreasingRoot, type Falling } from './monotone-root.js';

/** One number at a time: what a separable loss consists of. */
export interface ScalarLoss {
  readonly name: LossName;
  readonly targets: 'number' | 'label';
  readonly curvatureBound: number;
  value(f: number, y: number): number;
  /** −∂ℓ/∂f. */
  residual(f: number, y: number): number;
  /** ℓ*(−r; y), +Infinity outside the domain. */
  conjugate(r: number, y: number): number;
  curvature(f: number, y: number): number;
  /** The curvature where the residual is known, if that is cheaper. */
  curvatureFrom?(residual: number): number;
  /** argmin ℓ(f; y) + (f − v)²/(2 tau); `near`: a guess, of any value. */
  proximal(v: number, y: number, tau: number, near: number): number;
  /** Closed form of the best constant, where there is one. */
  bestBias?(f: Float64Array, y: Float64Array, outputs: number, k: number): number;
}

/** A loss from its scalar form. */
export function separableLoss(scalar: ScalarLoss): Loss {
  return {
    name: scalar.name,
    targets: scalar.targets,
    separable: true,
    curvatureBound: scalar.curvatureBound,
    value(f, y) {
      let sum = 0;
      for (let i = 0; i < y.length; i++) sum += scalar.value(f[i], y[i]);
      return sum;
    },
    residual(f, y, _outputs, out) {
      for (let i = 0; i < y.length; i++) out[i] = scalar.residual(f[i], y[i]);
    },
    conjugate(r, y) {
      let sum = 0;
      for (let i = 0; i < y.length; i++) sum += scalar.conjugate(r[i], y[i]);
      return sum;
    },
    curvature(f, y, outputs, out) {
      if (outputs === 1) for (let i = 0; i < y.length; i++) out[i] = scalar.curvature(f[i], y[i]);
      else diagonalBlocks(scalar, f, y, outputs, out);
    },
    proximal(v, y, _outputs, tau, f) {
      for (let i = 0; i < y.length; i++) f[i] = scalar.proximal(v[i], y[i], tau, f[i]);
    },
    bestBias(f, y, outputs, b) {
      for (let k = 0; k < outputs; k++) {
        b[k] = scalar.bestBias?.(f, y, outputs, k) ?? rootBias(scalar, f, y, outputs, k);
      }
    },
  };
}

function diagonalBlocks(
  scalar: ScalarLoss,
  f: Float64Array,
  y: Float64Array,
  outputs: number,
  out: Float64Array,
): void {
  out.fill(0);
  for (let i = 0; i < y.length; i++) {
    const k = i % outputs;
    out[(i - k) * outputs + k * outputs + k] = scalar.curvature(f[i], y[i]);
  }
}

/** Σ_i residual(f_i + b) is decreasing in b and zero at the best bias. */
function rootBias(scalar: ScalarLoss, f: Float64Array, y: Float64Array, outputs: number, k: number): number {
  const sum: Falling = {
    value: 0,
    slope: 0,
    noise: 0,
    at(b) {
      let value = 0;
      let slope = 0;
      let size = 0;
      for (let i = k; i < y.length; i += outputs) {
        const residual = scalar.residual(f[i] + b, y[i]);
        value += residual;
        size += Math.abs(residual);
        slope -= scalar.curvatureFrom?.(residual) ?? scalar.curvature(f[i] + b, y[i]);
      }
      sum.value = value;
      sum.slope = slope;
      sum.noise = 2 ** -50 * size;
    },
  };
  return decreasingRoot(sum, 0, 1);
}
