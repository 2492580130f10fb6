import { createRandom } from '../../src/base/index.js';
import { type Architecture, Evaluator, type Examples, type Method, trainDeep } from '../../src/deep/index.js';
import { fit, type Matrix, matrix } from '../../src/index.js';

/** Points of two classes in the square [−1, 1]², some of them with the wrong label; who draws the boundary. */
export interface ToyJob {
  readonly n: number;
  readonly flipped: number;
  readonly lambda: number;
  readonly width: number;
  readonly rate: number;
  readonly steps: number;
  readonly seed: number;
  /** Of the picture: scores on so many by so many places. */
  readonly grid: number;
  /** `optimum`: the certified one of the same objective, by `fit`. */
  readonly method: Method | 'optimum';
}

export interface ToyOutcome {
  readonly points: readonly {
    readonly x: number;
    readonly y: number;
    readonly label: number;
    readonly flipped: boolean;
  }[];
  readonly objective: number;
  readonly units: number;
  /** Of the labels before the flips: on the points, and on the grid. */
  readonly accuracy: number;
  readonly gridAccuracy: number;
  /** Row by row from y = −1, ½ is the boundary. */
  readonly scores: readonly number[];
}

/** The truth: a straight line. */
const inside = (x: number, y: number): boolean => y > 0.5 * x;

function pointsOf({ n, flipped }: ToyJob): ToyOutcome['points'] {
  const random = createRandom(7);
  return Array.from({ length: n }, (_, i) => {
    const [x, y] = [2 * random.uniform() - 1, 2 * random.uniform() - 1];
    const wrong = i < flipped;
    return { x, y, label: inside(x, y) !== wrong ? 1 : 0, flipped: wrong };
  });
}

/** x, y and 1: the bias of a unit counts among its weights, as in the convex program. */
const rowsOf = (places: readonly { readonly x: number; readonly y: number }[]): Matrix => {
  const X = matrix(places.length, 3);
  places.forEach(({ x, y }, i) => {
    X.data.set([x, y, 1], 3 * i);
  });
  return X;
};

function gridOf({ grid }: ToyJob): { readonly x: number; readonly y: number }[] {
  const at = (k: number): number => (2 * k + 1) / grid - 1;
  return Array.from({ length: grid * grid }, (_, k) => ({ x: at(k % grid), y: at(Math.floor(k / grid)) }));
}

interface Learnt {
  readonly objective: number;
  readonly units: number;
  readonly predict: (X: Matrix) => Promise<ArrayLike<number>>;
}

async function certified({ lambda }: ToyJob, X: Matrix, y: Float64Array): Promise<Learnt> {
  const best = await fit(X, y, { lambda, loss: 'squared', patterns: 'exact', threads: 1 });
  return {
    ...{ objective: best.certificate.primal, units: best.neurons },
    predict: async (rows) => (await best.predict(rows)).data,
  };
}

async function trained(job: ToyJob, X: Matrix, y: Float64Array): Promise<Learnt> {
  const { width, method, rate, lambda, steps, seed } = job;
  const network: Architecture = {
    ...{ name: 'toy', input: [3], start: 'uniform' },
    layers: [
      { kind: 'linear', inputs: 3, outputs: width, bias: false },
      { kind: 'relu' },
      { kind: 'linear', inputs: width, outputs: 1 },
    ],
  };
  const examples = (rows: Matrix, target: ArrayLike<number>): Examples => ({
    ...{ count: rows.rows, input: [3], outputs: 1, x: rows.data, target },
  });
  const { weights, log } = await trainDeep(network, examples(X, y), {
    ...{ method: method as Method, rate, lambda, steps, seed, batch: X.rows, measureEvery: steps },
    ...{ loss: 'squared', precision: 'float64' },
  });
  const predict = async (rows: Matrix): Promise<ArrayLike<number>> => {
    const evaluator = await Evaluator.create(network, 'squared', 'float64');
    const scores = await evaluator.predict(weights, examples(rows, new Float64Array(rows.rows)));
    await evaluator.release();
    return scores;
  };
  const { objective, active } = log.at(-1)!;
  return { objective, units: active, predict };
}

/** Share of the places whose score is on the side of ½ where the truth has it. */
function rightShare(places: readonly { readonly x: number; readonly y: number }[], scores: ArrayLike<number>): number {
  return places.filter(({ x, y }, i) => scores[i] >= 0.5 === inside(x, y)).length / places.length;
}

export async function runJob(job: ToyJob): Promise<ToyOutcome> {
  const points = pointsOf(job);
  const y = Float64Array.from(points, ({ label }) => label);
  const X = rowsOf(points);
  const { objective, units, predict } = await (job.method === 'optimum' ? certified : trained)(job, X, y);
  const places = gridOf(job);
  const scores = await predict(rowsOf(places));
  return {
    ...{ points, objective, units },
    accuracy: rightShare(points, await predict(X)),
    gridAccuracy: rightShare(places, scores),
    scores: Array.from(scores, (score) => Number(score.toPrecision(5))),
  };
}
