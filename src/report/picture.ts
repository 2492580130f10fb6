import { binaryPanel, decisionPanel, rocPanel, scorePanel } from './binary.js';
import { calibrationPanel } from './calibration.js';
import { documentOf, type Fragment, fitted, headingHeight, label, moved, palette, type Size } from './canvas.js';
import { certificatePanel, smallPrint } from './certificate.js';
import { checkCurve, checkNetwork, checkPath, checkProbabilities } from './check.js';
import { classesPanel } from './classes.js';
import { curvePanel } from './curve.js';
import type {
  BinaryFit,
  CertificateData,
  FitData,
  ImportanceData,
  MapData,
  NetworkData,
  NeuronData,
  PictureData,
  RegressionFit,
} from './data.js';
import { gapPanel } from './gap.js';
import { importanceHeight, importancePanel } from './importance.js';
import { mapPanel } from './map.js';
import { networkHeight, networkPanel } from './network.js';
import { neuronPanel } from './neurons.js';
import { framed, type Panel } from './panel.js';
import { pathPanel } from './path.js';
import type { CurveData, PathData } from './path-data.js';
import { regressionPanel } from './regression.js';
import { residualPanel } from './residuals.js';

export function fitPanel(data: FitData): Panel {
  if (data.kind === 'regression') return regressionPanel(data);
  return data.kind === 'binary' ? binaryPanel(data) : classesPanel(data);
}

const margin = 24;

function standalone(size: Size, title: string, panel: (inner: Size) => Fragment): string {
  const inner = { width: size.width - 2 * margin, height: size.height - 2 * margin };
  return documentOf(size, title, moved(margin, margin, panel(inner)));
}

/**
 * Predicted against true values (regression), scores by class with the ROC curve (two classes) or the confusion matrix, as
 * an SVG document. Sizes are pixels; default 640×480.
 */
export const fitFigure = (data: FitData, size: Size = { width: 640, height: 480 }): string =>
  standalone(size, `Fit of ${data.target}`, (inner) => framed(fitPanel(data), inner));

/** True minus predicted against predicted values, as an SVG document; default 640×480 pixels. */
export const residualFigure = (data: RegressionFit, size: Size = { width: 640, height: 480 }): string =>
  standalone(size, `Residuals of ${data.target}`, (inner) => framed(residualPanel(data), inner));

/** Scores of both classes as a histogram, as an SVG document; default 640×480 pixels. */
export const scoreFigure = (data: BinaryFit, size: Size = { width: 640, height: 480 }): string =>
  standalone(size, `Scores of ${data.target}`, (inner) => framed(scorePanel(data), inner));

/** The ROC curve with its area, as an SVG document; default 540×620 pixels. */
export const rocFigure = (data: BinaryFit, size: Size = { width: 540, height: 620 }): string =>
  standalone(size, `ROC of ${data.target}`, (inner) => framed(rocPanel(data), inner));

/** Decisions at score 0 as a confusion matrix, as an SVG document; default 640×480 pixels. */
export const decisionFigure = (data: BinaryFit, size: Size = { width: 640, height: 480 }): string =>
  standalone(size, `Decisions on ${data.target}`, (inner) => framed(decisionPanel(data), inner));

/**
 * Predicted against observed shares of the positive class, as an SVG document; default 640×480 pixels.
 * @throws `usage` when no point has a probability, or one outside [0, 1].
 */
export function calibrationFigure(data: BinaryFit, size: Size = { width: 640, height: 480 }): string {
  checkProbabilities(data);
  return standalone(size, `Calibration of ${data.target}`, (inner) => framed(calibrationPanel(data), inner));
}

/**
 * Norms of the neurons over log λ, their count on the top axis, as an SVG document; default 900×480 pixels. λ descends to
 * the right; λ = 0 has no place on the axis and is left out.
 * @throws `usage` for λ that do not descend, or norms or a tolerance that are no numbers in their range.
 */
export function pathFigure(data: PathData, size: Size = { width: 900, height: 480 }): string {
  checkPath(data);
  return standalone(size, 'Neurons along the path', (inner) => framed(pathPanel(data), inner));
}

/** The certified relative gap over log λ, as an SVG document; default 900×400 pixels. Errors as `pathFigure`. */
export function gapFigure(data: PathData, size: Size = { width: 900, height: 400 }): string {
  checkPath(data, 'gapFigure');
  return standalone(size, 'Certified gap along the path', (inner) => framed(gapPanel(data), inner));
}

/**
 * Cross-validated error ± one standard error and training error over log λ, as an SVG document; default 900×480 pixels.
 * @throws `usage` for λ that do not descend, for indices that are none or lambda.1se below lambda.min.
 */
export function curveFigure(data: CurveData, size: Size = { width: 900, height: 480 }): string {
  checkCurve(data);
  return standalone(size, 'Cross-validation', (inner) => framed(curvePanel(data), inner));
}

/** Columns by the norm of their active weights, as an SVG document; default 640 pixels wide and as high as it needs. */
export const importanceFigure = (
  data: ImportanceData,
  size: Size = { width: 640, height: importanceHeight(data) + headingHeight + 2 * margin },
): string => standalone(size, 'How much each column is used', (inner) => framed(importancePanel(data), inner));

/**
 * Inputs, neurons and outputs with their connections, as an SVG document; default 640 pixels wide and as high as it needs. Meant for networks of
 * which `networkIsSmall` says so.
 * @throws `usage` for weights whose number does not fit the inputs or outputs.
 */
export function networkFigure(data: NetworkData, size?: Size): string {
  checkNetwork(data);
  const fitting = { width: 640, height: networkHeight(data) + headingHeight + 2 * margin };
  return standalone(size ?? fitting, 'The network', (inner) => framed(networkPanel(data), inner));
}

/** Heat map of the neurons by input, as an SVG document; default 640×480 pixels. */
export const neuronFigure = (data: NeuronData, size: Size = { width: 640, height: 480 }): string =>
  standalone(size, 'Neurons', (inner) => framed(neuronPanel(data), inner));

/** The certificate's numbers on one axis, as an SVG document; default 1200×216 pixels. */
export const certificateFigure = (data: CertificateData, size: Size = { width: 1200, height: 216 }): string =>
  standalone(size, 'Certificate', (inner) => certificatePanel(data, inner));

/** The network over its one or two inputs, as an SVG document; default 640×480 pixels. */
export const mapFigure = (data: MapData, size: Size = { width: 640, height: 480 }): string =>
  standalone(size, 'The network as a function', (inner) => framed(mapPanel(data), inner));

const page: Size = { width: 1200, height: 800 };
const top = 92;
const strip = 168;

/** All figures of one model on a page of 1200×800 pixels, as an SVG document. */
export function modelPicture(data: PictureData): string {
  const width = page.width - 2 * margin;
  const title =
    label(margin, 42, fitted(data.title, 26, width), { size: 26, weight: 600 }) +
    label(margin, 66, fitted(data.subtitle, 14, width), { size: 14, fill: palette.quiet });
  const below = page.height - margin - strip - 20;
  const body = moved(margin, top, panels(data, { width, height: below - top - 18 }));
  const certificate = moved(margin, below, certificatePanel(data.certificate, { width, height: strip }));
  const print = moved(margin, page.height - 30, smallPrint(data.caption, width));
  return documentOf(page, data.title, title + rule(top - 14) + body + rule(below - 16) + certificate + print);
}

const rule = (y: number): Fragment => `<path d="M${margin} ${y}H${page.width - margin}" stroke="${palette.faint}"/>`;

/** Fit and neurons side by side; with a map, that on the left and the other two stacked. */
function panels({ fit, neurons, map }: PictureData, { width, height }: Size): Fragment {
  const gutter = 40;
  const half = (width - gutter) / 2;
  const right = half + gutter;
  if (map === undefined)
    return (
      framed(fitPanel(fit), { width: half, height }) +
      moved(right, 0, framed(neuronPanel(neurons), { width: half, height }))
    );
  const stacked = (height - 24) / 2;
  return (
    framed(mapPanel(map), { width: half, height }) +
    moved(right, 0, framed(fitPanel(fit), { width: half, height: stacked })) +
    moved(right, stacked + 24, framed(neuronPanel(neurons), { width: half, height: stacked }))
  );
}
