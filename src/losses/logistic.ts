import { exp, log, log1p } from '../base/index.js';
import { type Falling, rootBetween } from './monotone-root.js';
import { separableLoss } from './separable.js';

/** log(1 + e^t) without overflow. */
const softplus = (t: number): number => Math.max(t, 0) + log1p(exp(-Math.abs(t)));

/** 1/(1 + e^−t) without overflow. */
function sigmoid(t: number): number {
  if (t >= 0) return 1 / (1 + exp(-t));
  const e = exp(t);
  return e / (1 + e);
}

const entropyTerm = (q: number): number => (q > 0 ? q * log(q) : 0);

/** σ(−m) − (m − from)/τ. */
class MarginEquation implements Falling {
  from = 0.5;
  tau = 0.5;
  value = 0.5;
  slope = 0.5;
  noise = 0;

  at(m: number): void {
    const s = sigmoid(-m);
    this.value = s - (m - this.from) / this.tau;
    this.slope = -s * (1 - s) - 1 / this.tau;
  }
}

/** The one at hand: a proximal step has n of them. */
const margin = new MarginEquation();

/** ℓ = log(1 + e^{−y f}), y = ±1. */
export const logistic = separableLoss({
  name: 'logistic',
  targets: 'label',
  curvatureBound: 0.25,
  value: (f, y) => softplus(-y * f),
  residual: (f, y) => y * sigmoid(-y * f),
  conjugate(r, y) {
    const q = y * r;
    return q < 0 || q > 1 ? Number.POSITIVE_INFINITY : entropyTerm(q) + entropyTerm(1 - q);
  },
  curvature(f) {
    const e = exp(-Math.abs(f));
    return e / ((1 + e) * (1 + e));
  },
  curvatureFrom(residual) {
    const s = Math.abs(residual);
    return s * (1 - s);
  },
  // m = yf solves σ(−m) = (m − yv)/τ, so it lies in [yv, yv + τ]: an exponential a step
  proximal(v, y, tau, near) {
    const from = y * v;
    const guess = y * near;
    margin.from = from;
    margin.tau = tau;
    return y * rootBetween(margin, from, from + tau, guess > from && guess < from + tau ? guess : from);
  },
});
