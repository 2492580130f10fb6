import { separableLoss } from './separable.js';

/** ℓ = ½ (f − y)². */
export const squared = separableLoss({
  name: 'squared',
  targets: 'number',
  curvatureBound: 1,
  value: (f, y) => 0.5 * (f - y) * (f - y),
  residual: (f, y) => y - f,
  conjugate: (r, y) => r * (0.5 * r - y),
  curvature: () => 1,
  proximal: (v, y, tau) => (v + tau * y) / (1 + tau),
  bestBias(f, y, outputs, k) {
    let sum = 0;
    for (let i = k; i < y.length; i += outputs) sum += y[i] - f[i];
    return (sum * outputs) / y.length;
  },
});
