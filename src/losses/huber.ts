import { separableLoss } from './separable.js';

/** Huber's loss: ½e² for |e| ≤ delta, else delta|e| − ½delta², e = f − y. delta is in units of the (standardised) target. */
export const huber = (delta = 1) =>
  separableLoss({
    name: 'huber',
    targets: 'number',
    curvatureBound: 1,
    value(f, y) {
      const e = Math.abs(f - y);
      return e <= delta ? 0.5 * e * e : delta * (e - 0.5 * delta);
    },
    residual: (f, y) => Math.min(delta, Math.max(-delta, y - f)),
    conjugate: (r, y) => (Math.abs(r) <= delta ? r * (0.5 * r - y) : Number.POSITIVE_INFINITY),
    curvature: (f, y) => (Math.abs(f - y) < delta ? 1 : 0),
    proximal(v, y, tau) {
      const e = v - y;
      return Math.abs(e) <= delta * (1 + tau) ? y + e / (1 + tau) : v - tau * delta * Math.sign(e);
    },
  });
