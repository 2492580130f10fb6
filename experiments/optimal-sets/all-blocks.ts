import { dot } from './numbers.js';

/** Least squares in a ≥ 0: min ½‖Ba − t‖² / rows(B) + (weight/2) ‖Za − f‖² / rows(Z). */
export interface LooseProblem {
  /** Column k of Z: block k of size one on the training rows. */
  readonly onTrain: readonly Float64Array[];
  readonly fit: Float64Array;
  /** Column k of B, on the rows that are tuned on. */
  readonly onRows: readonly Float64Array[];
  readonly target: Float64Array;
  /** 0: the fit is free. */
  readonly weight: number;
}

/** Cyclic coordinate descent from the given sizes; its accuracy is that of so many sweeps (labels need no more). */
export function looseSizes(problem: LooseProblem, start: Float64Array, sweeps = 400): Float64Array {
  const { hessian, linear } = normalEquations(problem);
  const m = start.length;
  const a = start.slice();
  const gradient = linear.map((c, i) => dot(hessian[i], a) - c);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    for (let i = 0; i < m; i++) {
      const curvature = hessian[i][i];
      if (!(curvature > 0)) continue;
      const next = Math.max(0, a[i] - gradient[i] / curvature);
      const step = next - a[i];
      if (step === 0) continue;
      a[i] = next;
      for (let k = 0; k < m; k++) gradient[k] += step * hessian[i][k];
    }
  }
  return a;
}

function normalEquations({ onTrain, fit, onRows, target, weight }: LooseProblem) {
  const m = onTrain.length;
  const [outer, inner] = [1 / target.length, weight / fit.length];
  const linear = Float64Array.from(onTrain, (z, i) => outer * dot(onRows[i], target) + inner * dot(z, fit));
  const hessian = Array.from({ length: m }, () => new Float64Array(m));
  for (let i = 0; i < m; i++) {
    for (let k = 0; k <= i; k++) {
      const value = outer * dot(onRows[i], onRows[k]) + (inner === 0 ? 0 : inner * dot(onTrain[i], onTrain[k]));
      hessian[i][k] = value;
      hessian[k][i] = value;
    }
  }
  return { hessian, linear };
}
