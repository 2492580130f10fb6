import { exp, log, type Random } from '../../../base/index.js';

const HALF_LOG_TAU = 0.9189385332046728;

/** ln k!: a sum for small k, else Stirling's series, to 1e-9. */
export function logFactorial(k: number): number {
  if (k < 10) {
    let sum = 0;
    for (let i = 2; i <= k; i++) sum += log(i);
    return sum;
  }
  return (k + 0.5) * log(k) - k + HALF_LOG_TAU + 1 / (12 * k) - 1 / (360 * k * k * k);
}

/** A number of events of which `mean` are expected. */
export const poisson = (mean: number, random: Random): number =>
  mean < 10 ? byProducts(mean, random) : byRejection(mean, random);

/** How many uniform numbers can be multiplied before the product is below e^−mean. */
function byProducts(mean: number, random: Random): number {
  const least = exp(-mean);
  let count = 0;
  for (let product = random.uniform(); product > least; product *= random.uniform()) count++;
  return count;
}

/** Hörmann, "The transformed rejection method for generating Poisson random variables" (1993), algorithm PTRS. */
function byRejection(mean: number, random: Random): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const logMean = log(mean);
  const scale = 1.1239 + 1.1328 / (b - 3.4);
  const surely = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = random.uniform() - 0.5;
    const v = random.uniform();
    const left = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / left + b) * u + mean + 0.43);
    if (left >= 0.07 && v <= surely) return k;
    if (k < 0 || (left < 0.013 && v > left)) continue;
    if (log((v * scale) / (a / (left * left) + b)) <= k * logMean - mean - logFactorial(k)) return k;
  }
}
