import { dot } from '../linalg/index.js';

/**
 * Nesterov–Todd scaling of one second-order cone {(s0, s1) : ‖s1‖ ≤ s0}: W = β(2vvᵀ − J) with W y = W⁻¹ s = λ. Vectors hold
 * their scalar part first.
 */
export class ConeScaling {
  readonly lambda: Float64Array;
  readonly #w: Float64Array;
  readonly #v: Float64Array;
  #beta = 1;
  #determinant = 1;

  constructor(readonly size: number) {
    this.lambda = new Float64Array(size);
    this.#w = new Float64Array(size);
    this.#v = new Float64Array(size);
  }

  /** For s and y inside the cone. */
  update(s: Float64Array, y: Float64Array): void {
    const ds = determinant(s);
    const dy = determinant(y);
    const [rs, ry] = [Math.sqrt(ds), Math.sqrt(dy)];
    this.#beta = Math.sqrt(rs / ry);
    this.#determinant = rs * ry;
    let along = 0;
    for (let k = 0; k < this.size; k++) along += (s[k] / rs) * (y[k] / ry);
    const gamma = Math.sqrt(0.5 * (1 + along));
    for (let k = 0; k < this.size; k++) this.#w[k] = (s[k] / rs + (k === 0 ? y[k] : -y[k]) / ry) / (2 * gamma);
    const scale = 1 / Math.sqrt(2 * (this.#w[0] + 1));
    for (let k = 0; k < this.size; k++) this.#v[k] = (this.#w[k] + (k === 0 ? 1 : 0)) * scale;
    this.apply(y, this.lambda);
  }

  /** out ← W x. */
  apply(x: Float64Array, out: Float64Array): void {
    let along = 0;
    for (let k = 0; k < this.size; k++) along += this.#v[k] * x[k];
    for (let k = 0; k < this.size; k++) out[k] = this.#beta * (2 * along * this.#v[k] + (k === 0 ? -x[k] : x[k]));
  }

  /** out ← W⁻¹ x. */
  applyInverse(x: Float64Array, out: Float64Array): void {
    const v = this.#v;
    let along = v[0] * x[0];
    for (let k = 1; k < this.size; k++) along -= v[k] * x[k];
    out[0] = (2 * along * v[0] - x[0]) / this.#beta;
    for (let k = 1; k < this.size; k++) out[k] = (-2 * along * v[k] + x[k]) / this.#beta;
  }

  /** out ← W⁻² x. */
  applySquare(x: Float64Array, out: Float64Array): void {
    const w = this.#w;
    const scale = 1 / (this.#beta * this.#beta);
    let along = w[0] * x[0];
    for (let k = 1; k < this.size; k++) along -= w[k] * x[k];
    out[0] = scale * (2 * along * w[0] - x[0]);
    for (let k = 1; k < this.size; k++) out[k] = scale * (-2 * along * w[k] + x[k]);
  }

  /** W⁻² with the scalar part eliminated is (I − c w1 w1ᵀ)/β²: adds it at (from, from) of h, lower triangle, row length `stride`. */
  addReduced(h: Float64Array, from: number, stride: number): void {
    const w = this.#w;
    const scale = 1 / (this.#beta * this.#beta);
    const c = (2 * scale) / (2 * w[0] * w[0] - 1);
    for (let k = 1; k < this.size; k++) {
      const row = (from + k - 1) * stride + from - 1;
      for (let l = 1; l <= k; l++) h[row + l] -= c * w[k] * w[l];
      h[row + k] += scale;
    }
  }

  /** Eliminating the scalar part from W⁻² (t, z) = (a, b): returns the factor of a to subtract along w1, see `backSubstitute`. */
  reduceRight(right: Float64Array): void {
    const w = this.#w;
    // m0/m00 = −2 w0 w1 / (2 w0² − 1)
    const factor = (2 * w[0] * right[0]) / (2 * w[0] * w[0] - 1);
    for (let k = 1; k < this.size; k++) right[k] += factor * w[k];
  }

  /** t of W⁻² (t, z) = (a, ·) for known z, a the scalar part of the right-hand side. */
  backSubstitute(a: number, z: Float64Array, from: number): number {
    const w = this.#w;
    const scale = 1 / (this.#beta * this.#beta);
    let along = 0;
    for (let k = 1; k < this.size; k++) along += w[k] * z[from + k - 1];
    return (a / scale + 2 * w[0] * along) / (2 * w[0] * w[0] - 1);
  }

  /** out ← W⁻¹ρ for ρ = λ∖(target e − λ∘λ − (W⁻¹ds)∘(W dy)): Mehrotra's corrector. */
  correct(ds: Float64Array, dy: Float64Array, target: number, out: Float64Array): void {
    const { size, lambda } = this;
    const a = new Float64Array(size);
    const b = new Float64Array(size);
    this.applyInverse(ds, a);
    this.apply(dy, b);
    const right = new Float64Array(size);
    for (let k = 1; k < size; k++) right[k] = -2 * lambda[0] * lambda[k] - a[0] * b[k] - b[0] * a[k];
    right[0] = target - dot(lambda, 0, lambda, 0, size) - dot(a, 0, b, 0, size);
    this.divide(right, a);
    this.applyInverse(a, out);
  }

  /** out ← the x with λ∘x = b. */
  divide(b: Float64Array, out: Float64Array): void {
    const { lambda, size } = this;
    let along = 0;
    for (let k = 1; k < size; k++) along += lambda[k] * b[k];
    const det = this.#determinant;
    out[0] = (lambda[0] * b[0] - along) / det;
    for (let k = 1; k < size; k++) out[k] = (b[k] - out[0] * lambda[k]) / lambda[0];
  }

  /** The largest a ≤ limit with λ + a·d in the cone, d in scaled coordinates. */
  longestStep(d: Float64Array, limit: number): number {
    const { lambda, size } = this;
    const root = Math.sqrt(this.#determinant);
    let along = lambda[0] * d[0];
    for (let k = 1; k < size; k++) along -= lambda[k] * d[k];
    const first = along / this.#determinant;
    const factor = (along / root + d[0]) / (lambda[0] / root + 1);
    let squares = 0;
    for (let k = 1; k < size; k++) {
      const t = (d[k] - (factor * lambda[k]) / root) / root;
      squares += t * t;
    }
    const most = Math.sqrt(squares) - first;
    return most > 0 ? Math.min(limit, 1 / most) : limit;
  }
}

/** s0² − ‖s1‖², without cancellation where it matters. */
function determinant(s: Float64Array): number {
  let squares = 0;
  for (let k = 1; k < s.length; k++) squares += s[k] * s[k];
  const length = Math.sqrt(squares);
  return (s[0] - length) * (s[0] + length);
}
