// Elementwise: what is positive stays, or opens the way for something else.

import { address } from './arguments';

/** Arguments 0 length, 1 x. */
export function reluTask(): void {
  const x = address(1);
  const whole = (address(0) << 3) & ~15;
  const zero = f64x2.splat(0);
  for (let j: usize = 0; j < whole; j += 16) {
    const pair = v128.load(x + j);
    v128.store(x + j, v128.and(pair, f64x2.gt(pair, zero)));
  }
  if (address(0) & 1) {
    const last = load<f64>(x + whole);
    store<f64>(x + whole, last > 0 ? last : 0);
  }
}

/** Arguments 0 length, 1 x, 2 s: s where x is positive, else 0, into x. */
export function gateTask(): void {
  const x = address(1);
  const s = address(2);
  const whole = (address(0) << 3) & ~15;
  const zero = f64x2.splat(0);
  for (let j: usize = 0; j < whole; j += 16) {
    v128.store(x + j, v128.and(v128.load(s + j), f64x2.gt(v128.load(x + j), zero)));
  }
  if (address(0) & 1) store<f64>(x + whole, load<f64>(x + whole) > 0 ? load<f64>(s + whole) : 0);
}
