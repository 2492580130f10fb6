import { requireThat } from '../base/index.js';
import { probableRows } from './calibration.js';
import { checkCurve, checkFormula, checkNetwork, checkPath, checkProbabilities } from './check.js';
import type { ReportData } from './report-data.js';

/** Errors in one line for a report that cannot be written. */
export function checkReport(report: ReportData): void {
  const { data, choice, curve, path, network, formula, fit } = report;
  requireThat(
    typeof report.title === 'string' && report.title !== '',
    `htmlReport: title must be a text that is not empty, got ${JSON.stringify(report.title)}.`,
  );
  requireThat(
    typeof data === 'object' && data !== null,
    'htmlReport: data (source, target, rows, columns) is missing; every report says what it is about.',
  );
  for (const [name, count] of Object.entries(data.rows)) {
    requireThat(
      count === undefined || (Number.isInteger(count) && count >= 0),
      `htmlReport: data.rows.${name} must be a whole number, got ${count}.`,
    );
  }
  if (choice !== undefined) checkChoice(choice.lambda);
  if (curve !== undefined) checkCurve(curve, 'htmlReport: curve');
  if (path !== undefined) checkPath(path, 'htmlReport: path');
  if (network !== undefined) checkNetwork(network, 'htmlReport: network');
  if (formula !== undefined) checkFormula(formula, 'htmlReport: formula');
  if (fit?.kind === 'binary' && probableRows(fit).length > 0) checkProbabilities(fit, 'htmlReport: fit');
}

const checkChoice = (lambda: number): void =>
  requireThat(
    Number.isFinite(lambda) && lambda >= 0,
    `htmlReport: choice.lambda must be a finite number ≥ 0, got ${lambda}.`,
  );
