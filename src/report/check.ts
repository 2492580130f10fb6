import { requireThat } from '../base/index.js';
import { probableRows } from './calibration.js';
import type { BinaryFit, FormulaData, NetworkData } from './data.js';
import type { CurveData, PathData } from './path-data.js';

/** Errors in one line for data that no figure can show. All of kind `usage`. */

function requireDescending(where: string, lambdas: readonly number[]): void {
  requireThat(lambdas.length > 0, `${where}: expected at least one λ, got none; leave the figure out.`);
  lambdas.forEach((lambda, k) => {
    requireThat(
      Number.isFinite(lambda) && lambda >= 0,
      `${where}: points[${k}].lambda must be a finite number ≥ 0, got ${lambda}.`,
    );
    requireThat(
      k === 0 || lambda < lambdas[k - 1],
      `${where}: λ must descend, but points[${k}].lambda is ${lambda} after ${lambdas[k - 1]}; sort the points and drop repeated λ.`,
    );
  });
}

export function checkPath({ points, tolerance }: PathData, where = 'pathFigure'): void {
  requireDescending(
    where,
    points.map(({ lambda }) => lambda),
  );
  requireThat(
    Number.isFinite(tolerance) && tolerance > 0,
    `${where}: tolerance must be a number above 0, got ${tolerance}.`,
  );
  points.forEach(({ neurons }, k) => {
    const bad = neurons.find(({ norm }) => !(norm >= 0 && norm < Number.POSITIVE_INFINITY));
    requireThat(
      bad === undefined,
      `${where}: norms must be finite numbers ≥ 0, got ${bad?.norm} for neuron '${bad?.key}' of points[${k}].`,
    );
  });
}

export function checkCurve({ points, min, oneStandardError, folds }: CurveData, where = 'curveFigure'): void {
  requireDescending(
    where,
    points.map(({ lambda }) => lambda),
  );
  for (const [name, index] of Object.entries({ min, oneStandardError })) {
    requireThat(
      Number.isInteger(index) && index >= 0 && index < points.length,
      `${where}: ${name} must be the index of one of the ${points.length} points, got ${index}.`,
    );
  }
  requireThat(
    oneStandardError <= min,
    `${where}: lambda.1se is never below lambda.min, but oneStandardError is ${oneStandardError}, after min ${min}.`,
  );
  requireThat(
    Number.isFinite(points[min].mean),
    `${where}: the mean at lambda.min must be a number, got ${points[min].mean}.`,
  );
  requireThat(Number.isInteger(folds) && folds >= 1, `${where}: folds must be a whole number from 1, got ${folds}.`);
}

export function checkNetwork({ inputs, outputs, neurons }: NetworkData, where = 'networkFigure'): void {
  neurons.forEach((neuron, j) => {
    requireThat(
      neuron.weights.length === inputs.length && neuron.outputs.length === outputs.length,
      `${where}: neurons[${j}] must have ${inputs.length} weights and ${outputs.length} outputs, got ${neuron.weights.length} and ${neuron.outputs.length}.`,
    );
  });
}

export function checkFormula({ inputs, neurons }: FormulaData, where = 'formulaText'): void {
  neurons.forEach(({ weights, gate }, j) => {
    requireThat(
      weights.length === inputs.length && (gate === undefined || gate.weights.length === inputs.length),
      `${where}: neurons[${j}] must have a weight for each of the ${inputs.length} inputs, got ${weights.length}.`,
    );
  });
}

export function checkProbabilities(data: BinaryFit, where = 'calibrationFigure'): void {
  const rows = probableRows(data);
  requireThat(
    rows.length > 0,
    `${where}: no point has a probability; only losses with probabilities (logistic) can be calibrated.`,
  );
  const bad = rows.find(({ probability }) => !(probability >= 0 && probability <= 1));
  requireThat(bad === undefined, `${where}: probabilities must be from 0 to 1, got ${bad?.probability}.`);
}
