import { bestDualPoint, type Certificate, residualOf, type trainingProblem } from '../certificates/index.js';
import { addPositiveParts, matrix } from '../linalg/index.js';
import { hiddenNorms, type NetworkWeights } from '../networks/index.js';
import { reaches } from './certified.js';
import type { FitPathPoint } from './fit-path.js';

type Problem = ReturnType<typeof trainingProblem>;

/** A neuron of another network that violates the dual constraint of this one, as a unit vector with its bias last. */
interface Violator {
  readonly unit: Float64Array;
  readonly output: number;
  readonly sign: number;
}

/** What the neurons of other networks say about a network. */
export interface Besides {
  /** The dual value of its residual, scaled until it respects them: at most what a certificate that knew them could say. */
  readonly dual: number;
  /** The largest |r_kᵀ(Xu)_+| / ‖u‖ over them, as a multiple of nλ; 1 when none violates. */
  readonly norm: number;
  readonly violators: readonly Violator[];
}

/** Violations below this are those of an unfinished solve, not of a neuron that is missing. */
const VIOLATION = 1e-9;

export function dualBesides(others: readonly NetworkWeights[], weights: NetworkWeights, problem: Problem): Besides {
  return dualAlong(unitsOf(others), weights, problem);
}

/** The same of some directions: unit vectors, the hidden bias last where there is one. */
export function dualAlong(units: Iterable<Float64Array>, weights: NetworkWeights, problem: Problem): Besides {
  const { outputs } = problem;
  const r = residualOf(weights, problem);
  const limit = problem.X.rows * problem.lambda;
  const largest = new Float64Array(outputs).fill(limit);
  const violators: Violator[] = [];
  const all = [...units];
  pricesOf(all, r, problem).forEach((price, at) => {
    const output = at % outputs;
    largest[output] = Math.max(largest[output], Math.abs(price));
    if (Math.abs(price) <= limit * (1 + VIOLATION)) return;
    violators.push({ unit: all[(at - output) / outputs], output, sign: price < 0 ? -1 : 1 });
  });
  const { value: dual } = bestDualPoint(problem, r, largest);
  return { dual, norm: Math.max(...largest) / limit, violators };
}

function* unitsOf(networks: readonly NetworkWeights[]): Generator<Float64Array> {
  for (const network of networks) {
    const norms = hiddenNorms(network);
    for (let j = 0; j < norms.length; j++) if (norms[j] > 0) yield unitOf(network, j, norms[j]);
  }
}

/** How often a point is solved again whose gap other networks open. */
const ATTEMPTS = 3;

/**
 * The point with what other networks say about it: as it is when that is nothing, with a larger gap, or solved again; and what was
 * solved again has to hear them as well.
 *
 * @param solvedAgain the point solved from a network, or the point itself when that leads nowhere.
 */
export async function pricedBeside(
  point: FitPathPoint,
  others: readonly NetworkWeights[],
  problem: Problem,
  solvedAgain: (point: FitPathPoint, start: NetworkWeights) => Promise<FitPathPoint>,
): Promise<FitPathPoint> {
  let current = point;
  for (let attempt = 0; ; attempt++) {
    const { weights, certificate } = current;
    if (certificate.scope === 'exact') return current;
    const found = dualBesides(others, weights, problem);
    if (!(found.dual < certificate.dual)) return current;
    const stated = { ...current, certificate: restated(certificate, found) };
    if (reaches(stated.certificate)) return stated;
    const start = withViolators(weights, found.violators);
    const again = attempt < ATTEMPTS ? await solvedAgain(current, start) : current;
    if (again === current) return { ...stated, status: 'stalled' };
    current = again;
  }
}

function unitOf({ hidden, hiddenBias }: NetworkWeights, j: number, norm: number): Float64Array {
  const d = hidden.cols;
  return Float64Array.from({ length: d + 1 }, (_, k) => (k < d ? hidden.data[j * d + k] : hiddenBias[j]) / norm);
}

/** r_kᵀ(Xu)_+ of every direction u and output k, the outputs of a direction side by side. */
function pricesOf(units: readonly Float64Array[], r: Float64Array, { X, outputs }: Problem): Float64Array {
  const directions = matrix(units.length, X.cols);
  const offsets = new Float64Array(units.length);
  units.forEach((unit, j) => {
    directions.data.set(unit.subarray(0, X.cols), j * X.cols);
    offsets[j] = unit.at(X.cols) ?? 0;
  });
  const sums = new Float64Array(units.length * outputs);
  addPositiveParts(X, r, outputs, directions, offsets, sums);
  return sums;
}

/** The certificate with no more than the other networks leave of its claim: as it was when they say nothing against it. */
export function restated(certificate: Certificate, { dual, norm }: Besides): Certificate {
  if (!(dual < certificate.dual)) return certificate;
  const gap = certificate.primal - dual;
  return {
    ...certificate,
    dual,
    gap,
    relativeGap: gap / Math.max(Math.abs(certificate.primal), Number.MIN_VALUE),
    dualNorm: Math.max(certificate.dualNorm, norm),
  };
}

/** Size of a neuron that joins a network to be trained on, as a share of 1: it tells of a pattern, not of a function. */
const SMALL = 1e-6;

/** The network with the violators as neurons of next to no size. */
export function withViolators(weights: NetworkWeights, violators: readonly Violator[]): NetworkWeights {
  const { hidden, hiddenBias, output } = weights;
  const [d, c, count] = [hidden.cols, output.cols, hidden.rows];
  const total = count + violators.length;
  const joined = {
    ...weights,
    hidden: matrix(total, d),
    hiddenBias: new Float64Array(total),
    output: matrix(total, c),
  };
  joined.hidden.data.set(hidden.data);
  joined.hiddenBias.set(hiddenBias);
  joined.output.data.set(output.data);
  violators.forEach(({ unit, output: k, sign }, v) => {
    const j = count + v;
    for (let i = 0; i < d; i++) joined.hidden.data[j * d + i] = SMALL * unit[i];
    joined.hiddenBias[j] = SMALL * (unit.at(d) ?? 0);
    joined.output.data[j * c + k] = sign * SMALL;
  });
  return joined;
}
