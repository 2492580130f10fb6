import { createRandom } from '../../src/base/index.js';
import type { CurveData, FormulaData, NetworkData, PathData, PathPoint, ReportData } from '../../src/report/index.js';
import { certificate, curve as curveMap, neurons, regression } from './examples.js';

/** Made-up paths, curves, small networks and reports. */

const scopes = ['exact', 'exact', 'priced', 'sampled', 'bound'] as const;

/** λ falls by a third each step; neuron k enters at step 2k and grows, the first one leaves again. */
export function path(count = 14): PathData {
  const points: PathPoint[] = Array.from({ length: count }, (_, i) => ({
    lambda: 0.8 * (2 / 3) ** i,
    neurons: Array.from({ length: Math.ceil(i / 2) }, (_, k) => ({
      key: `n${k}`,
      norm: 0.25 * (i - 2 * k),
      group: k % 2 === 0 ? 'raises price' : 'lowers price',
    })).filter(({ key }) => key !== 'n0' || i < 9),
    relativeGap: i === 0 ? 0 : 10 ** (-7 + (i % 4)),
    scope: scopes[i % scopes.length],
    objective: 0.5 - 0.0317 * i,
    activeInputs: Math.min(i, 6),
    devianceExplained: i / (count + 1),
  }));
  return {
    points,
    lambdaMax: 0.8,
    tolerance: 1e-5,
    objective: '(1/n) Σ ½(f − y)² + λ Σ ‖u‖|α|',
    marks: [
      { lambda: points[8].lambda, name: 'lambda.min' },
      { lambda: points[5].lambda, name: 'lambda.1se' },
    ],
  };
}

export function errors(count = 14): CurveData {
  const random = createRandom(6);
  const points = path(count).points.map(({ lambda, neurons: active }, i) => ({
    lambda,
    mean: 4.321 + 0.21 * (i - 8) ** 2 + 0.01 * random.uniform(),
    standardError: 1.9 + 0.01 * i,
    train: 24 - 1.61 * i,
    neurons: active.length,
  }));
  return {
    measure: { name: 'mean squared error', unit: 'k€²', better: 'less' },
    points,
    min: 8,
    oneStandardError: 5,
    folds: 10,
    repeats: 3,
    manner: 'groups: street',
  };
}

export const network: NetworkData = {
  inputs: ['lot area', 'year built', 'rooms', 'never read'],
  outputs: ['price'],
  neurons: [
    { weights: [1.2, -0.4, 0, 0], outputs: [1.3] },
    { weights: [0, 0.5, -0.8, 0], outputs: [-0.9] },
  ],
};

export const formula: FormulaData = {
  output: 'price',
  inputs: [
    { name: 'lot area', range: [100, 2000] },
    { name: 'year built', range: [1890, 2020] },
    { name: 'street', value: 'Harbour' },
    { name: 'never read', range: [0, 1] },
  ],
  bias: 123456.789,
  neurons: [
    { sign: 1, weights: [41.23456, 812.3456789, 0, 0], offset: -1612345.678 },
    { sign: -1, weights: [0, -12.5, 3210, 0], offset: 0 },
  ],
};

/** Every part filled in. */
export function report(): ReportData {
  const errorCurve = errors();
  const chosen = errorCurve.points[5];
  return {
    title: 'price from houses.csv',
    madeBy: 'relucent 9.8.7, seed 3',
    data: {
      source: 'houses.csv',
      target: 'price',
      task: 'regression',
      rows: { train: 1168, test: 292, withoutTarget: 7 },
      columns: [
        { name: 'lot area', kind: 'number', detail: 'mean 512.3, deviation 99.1', missing: 11 },
        { name: 'street', kind: 'category', detail: '25 values' },
        { name: 'id', kind: 'left out', detail: 'an identifier' },
      ],
      notes: ["column 'lot area': 11 missing cells become the mean"],
    },
    choice: { lambda: chosen.lambda, rule: '1se', lambdaMax: 0.8, neurons: 2, activeInputs: 3, inputs: 27 },
    scores: [
      {
        measure: errorCurve.measure,
        train: 15.95,
        cv: { mean: chosen.mean, standardError: chosen.standardError },
        test: 17.53,
      },
      { measure: { name: 'R²', better: 'more' }, train: 0.9123, test: 0.8765 },
    ],
    certificate,
    curve: errorCurve,
    path: path(),
    fit: { ...regression(120), unit: 'k€' },
    map: curveMap(),
    importance: {
      inputs: [
        { name: 'lot area', weight: 1.56 },
        { name: 'year built', weight: 0.6879 },
        { name: 'street', weight: 0 },
      ],
    },
    neurons: neurons(14),
    network,
    formula,
    commands: ['relucent fit houses.csv --target price --lambda cv-1se --seed 3 -o model.json'],
    seconds: 12.3,
  };
}
