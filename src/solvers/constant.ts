import { type Arrangement, ViolationSearch } from '../arrangements/index.js';
import type { Run } from '../base/index.js';
import type { Kernels } from '../linalg/kernels/index.js';
import type { TwoLayerProblem } from '../programs/index.js';

/** The best network without neurons. */
export interface ConstantModel {
  readonly bias: Float64Array;
  /** Its objective, 1/n scale. */
  readonly value: number;
  /** n×outputs, row-major. */
  readonly residual: Float64Array;
}

export function constantModel({ X, y, outputs, loss, outputBias }: TwoLayerProblem): ConstantModel {
  const bias = new Float64Array(outputs);
  if (outputBias) loss.bestBias(new Float64Array(y.length), y, outputs, bias);
  const f = Float64Array.from(y, (_, at) => bias[at % outputs]);
  const residual = new Float64Array(y.length);
  loss.residual(f, y, outputs, residual);
  return { bias, value: loss.value(f, y, outputs) / X.rows, residual };
}

/** What is known of λ_max. */
export interface LambdaMax {
  /** At least this; λ_max itself where the search was complete. */
  readonly value: number;
  readonly complete: boolean;
  /** From this λ on the constant is known to be optimal, as far as the oracle sees. */
  readonly constantFrom: number;
  /** The neuron of the largest price of every output, of length `enteringLength`: what enters first below λ_max. */
  readonly entering: readonly Entering[];
}

export interface Entering {
  readonly z: Float64Array;
  readonly sign: number;
  readonly output: number;
}

const enteringLength = 1e-9;

/** Searches for λ_max, weakest first: most λ are far below it, which the first one sees. */
const searches = [
  { starts: 0, around: 0, exact: true },
  { starts: 100, around: 400, exact: true },
];

/** Of the plain ascents: climbs go on from where they end. */
const maxIterations = 10;

/**
 * λ_max as far as the oracle sees (exactly where the rank allows): the largest |r'(Xu)_+|/n over the unit ball, r the residual of the constant model. At and
 * above it the constant is optimal. Looks only for values above `enough`: then the value is only a lower bound.
 */
export async function searchLambdaMax(
  kernels: Kernels,
  problem: TwoLayerProblem,
  arrangement: Arrangement,
  constant: ConstantModel,
  enough: number,
  seed: number,
  run: Run,
): Promise<LambdaMax> {
  const { X, outputs } = problem;
  const n = X.rows;
  const level = Number.isFinite(enough) ? n * enough : 0;
  const oracles = Array.from({ length: outputs }, (_, k) => {
    const r = Float64Array.from({ length: n }, (_, i) => constant.residual[i * outputs + k]);
    return new ViolationSearch(kernels, arrangement, r, { level, maxIterations, seed }, run);
  });
  // λ_max itself is wanted as well as it can be had; that it lies below λ is plain where nearly all climbs meet
  const end = level > 0 ? { above: level, seen: true } : {};
  let value = 0;
  let entering: Entering[] = [];
  for (const size of searches) {
    entering = [];
    for (const [k, oracle] of oracles.entries()) {
      run.progress({ phase: 'pricing', fraction: k / outputs, message: 'the largest λ with neurons' });
      const [best] = await oracle.upTo(size, end);
      if (!best) continue;
      value = Math.max(value, best.value / n);
      entering.push({ z: best.direction.map((t) => enteringLength * t), sign: best.sign, output: k });
    }
    if (value > enough) return { value, complete: false, constantFrom: Number.POSITIVE_INFINITY, entering };
  }
  if (run.stop) return { value, complete: false, constantFrom: Number.POSITIVE_INFINITY, entering };
  // What lies below a level was not looked for
  return { value, complete: level === 0, constantFrom: level === 0 ? value : enough, entering };
}
