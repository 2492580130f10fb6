import { separableLoss } from './separable.js';

/** ℓ = ½ (1 − y f)_+², y = ±1. */
export const squaredHinge = separableLoss({
  name: 'squared-hinge',
  targets: 'label',
  curvatureBound: 1,
  value: (f, y) => 0.5 * Math.max(0, 1 - y * f) ** 2,
  residual: (f, y) => y * Math.max(0, 1 - y * f),
  conjugate: (r, y) => (y * r >= 0 ? r * (0.5 * r - y) : Number.POSITIVE_INFINITY),
  curvature: (f, y) => (y * f < 1 ? 1 : 0),
  proximal: (v, y, tau) => (y * v >= 1 ? v : (v + tau * y) / (1 + tau)),
});
