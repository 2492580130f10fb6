import { createRandom } from '../../src/base/index.js';
import type {
  BinaryFit,
  CertificateData,
  ClassesFit,
  CurveMap,
  NeuronData,
  PlaneMap,
  RegressionFit,
} from '../../src/report/index.js';

/** Made-up models of each kind, for looking at the figures and for testing them. */

export const certificate: CertificateData = {
  primal: 0.213456,
  dual: 0.21345583,
  relativeGap: 7.7e-7,
  tolerance: 1e-6,
  scope: 'priced',
  bound: 0.0931,
  words:
    'Optimal over its patterns to 7.7e-7; a search of 2,000 directions found none better; no network at all is below 0.0931.',
  objective: '(1/n) Σ ½(f − y)² + λ Σ ‖u‖|α|, λ = 0.001',
};

export function regression(rows = 400, seed = 1): RegressionFit {
  const random = createRandom(seed);
  const points = Array.from({ length: rows }, (_, i) => {
    const truth = 200_000 + 80_000 * random.normal();
    return { truth, predicted: truth + 30_000 * random.normal(), test: i % 5 === 0 };
  });
  return { kind: 'regression', target: 'price', points, scores: 'R² 0.93 training, 0.88 test' };
}

export function binary(rows = 300, seed = 2): BinaryFit {
  const random = createRandom(seed);
  const points = Array.from({ length: rows }, (_, i) => ({
    positive: i % 3 === 0,
    score: (i % 3 === 0 ? 1.4 : -1.6) + 1.3 * random.normal(),
  }));
  return {
    kind: 'binary',
    target: 'diagnosis',
    classes: ['benign', 'malignant'],
    points,
    rows: 'test',
    scores: 'accuracy 96.5 % training, 95.1 % test',
  };
}

export function classes(count = 5): ClassesFit {
  const names = Array.from(
    { length: count },
    (_, k) => ['setosa', 'versicolor', 'virginica', 'a rather long class name', 'x<y & "z"'][k] ?? `class ${k}`,
  );
  const counts = names.map((_, i) => names.map((_, j) => (i === j ? 40 + i : (i * 7 + j * 3) % 5)));
  return {
    kind: 'classes',
    target: 'species',
    classes: names,
    counts,
    rows: 'training',
    scores: 'accuracy 91.0 % training',
  };
}

export function neurons(count = 14, inputs = 9, outputs: readonly string[] = [], seed = 3): NeuronData {
  const random = createRandom(seed);
  const long = [
    'lot area',
    'year built',
    'rooms',
    'neighbourhood=Old Town & Harbour',
    'income',
    'age',
    'x',
    'distance to centre',
    'garden',
  ];
  const features = Array.from({ length: inputs }, (_, k) => long[k] ?? `feature ${k + 1}`);
  const entries = Array.from({ length: count }, (_, j) => {
    const scale = Math.exp(-j / 6);
    const slopes = features.map((_, k) => (k === 6 ? 0 : scale * random.normal() * Math.exp(-k / 5)));
    return {
      norm: Math.sqrt(slopes.reduce((sum, slope) => sum + slope * slope, 0)),
      slopes,
      output: outputs[j % outputs.length],
    };
  });
  return { features, neurons: entries };
}

export function curve(): CurveMap {
  const f = (x: number): number => 2 * Math.max(0, x - 1) - 3 * Math.max(0, x - 2) + Math.max(0, 3 - x);
  const xs = Array.from({ length: 201 }, (_, i) => (i / 200) * 4);
  const random = createRandom(4);
  const points = Array.from({ length: 80 }, (_, i) => {
    const x = 4 * random.uniform();
    return { x, y: f(x) + 0.2 * random.normal(), test: i % 5 === 0 };
  });
  return {
    kind: 'curve',
    input: 'temperature',
    output: 'yield',
    curve: xs.map((x) => ({ x, y: f(x) })),
    points,
    kinks: [1, 2, 3, 9],
  };
}

export function plane(holds: PlaneMap['holds']): PlaneMap {
  const size = 60;
  const at = (i: number): number => -2 + (4 * i) / (size - 1);
  const f = (x: number, y: number): number => Math.max(0, x + y) - Math.max(0, x - 1) - 0.8 + 0.3 * Math.max(0, -y);
  const score = Array.from({ length: size * size }, (_, k) => f(at(k % size), at(Math.floor(k / size))));
  const random = createRandom(5);
  const group = (x: number, y: number): number =>
    holds === 'class' ? (f(x, y) > 0.5 ? 2 : f(x, y) > 0 ? 1 : 0) : holds === 'score' ? Number(f(x, y) > 0) : 0;
  const points = Array.from({ length: 150 }, () => {
    const [x, y] = [-2 + 4 * random.uniform(), -2 + 4 * random.uniform()];
    return { x, y, group: group(x, y) };
  });
  const values = holds === 'class' ? score.map((v) => (v > 0.5 ? 2 : v > 0 ? 1 : 0)) : score;
  return {
    kind: 'plane',
    inputs: ['width (cm)', 'height (cm)'],
    x: [-2, 2],
    y: [-2, 2],
    size: [size, size],
    values,
    holds,
    output: 'weight',
    classes: { value: [], score: ['no', 'yes'], class: ['a', 'b', 'c'] }[holds],
    points,
    lines: [
      [1, 1, 0],
      [1, 0, -1],
      [0, 1, 0],
      [1, 0, 7],
    ],
  };
}
