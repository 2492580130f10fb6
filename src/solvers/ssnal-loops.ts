import type { LiftedProgram } from '../programs/index.js';

// Loops have functions of their own: see cell-data.ts of arrangements

/** f ← y − r, f and r output-major; returns ‖r‖² + ‖f‖². */
export function fitOf({ n, outputs, y }: LiftedProgram, r: Float64Array, f: Float64Array): number {
  let size = 0;
  for (let k = 0, at = 0; k < outputs; k++) {
    for (let i = 0; i < n; i++, at++) {
      f[at] = y[i * outputs + k] - r[at];
      size += r[at] * r[at] + f[at] * f[at];
    }
  }
  return size;
}

/** rᵀf + ‖f − anchor‖²/(2τ). */
export function envelopeTerms(r: Float64Array, f: Float64Array, anchor: Float64Array, tau: number): number {
  let sum = 0;
  for (let i = 0; i < r.length; i++) sum += r[i] * f[i] + square(f[i] - anchor[i]) / (2 * tau);
  return sum;
}

export function blend(base: Float64Array, alpha: number, step: Float64Array | undefined, out: Float64Array): void {
  if (!step || alpha === 0) out.set(base);
  else for (let i = 0; i < base.length; i++) out[i] = base[i] + alpha * step[i];
}

export const square = (t: number): number => t * t;

export function squares(v: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < v.length; i++) sum += v[i] * v[i];
  return sum;
}

export function distance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += square(a[i] - b[i]);
  return Math.sqrt(sum);
}

/**
 * weights ← W = ∇²Φ(f) + I/τ. A coupled loss moves in the residuals of sum zero a sample only: there W has no part along the all-ones
 * vector, or the step would solve another system and then be cut back to them.
 */
export function setWeights(program: LiftedProgram, f: Float64Array, tau: number, weights: Float64Array): void {
  const c = program.outputs;
  if (program.loss.name === 'squared' && c === 1) {
    weights.fill(1);
    return;
  }
  program.curvature(f, weights);
  const shared = program.loss.separable ? 0 : 1 / (c * tau);
  for (let i = 0; i < weights.length; i++) {
    weights[i] -= shared;
    if (c === 1 || (i % (c * c)) % (c + 1) === 0) weights[i] += 1 / tau;
  }
}
