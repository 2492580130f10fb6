export {
  type CorruptedExample,
  type CorruptionReportData,
  type CorruptionRow,
  corruptionFigure,
  corruptionReport,
} from './corruptions.js';
export type {
  BinaryFit,
  BinaryPoint,
  CertificateData,
  ClassesFit,
  CurveMap,
  FitData,
  FormulaData,
  FormulaInput,
  ImportanceData,
  InputWeight,
  MapData,
  NetworkData,
  NeuronData,
  NeuronEntry,
  PictureData,
  PlaneMap,
  RegressionFit,
  RegressionPoint,
} from './data.js';
export { type DeepReportData, type DeepRow, type DeepRun, deepReport } from './deep.js';
export { linePanel, type StepCurve } from './deep-figures.js';
export { formulaIsSmall, formulaText } from './formula.js';
export { htmlReport } from './html.js';
export { networkIsSmall } from './network.js';
export type {
  CurveData,
  CurvePoint,
  LambdaMark,
  Measure,
  PathData,
  PathNeuron,
  PathPoint,
} from './path-data.js';
export {
  calibrationFigure,
  certificateFigure,
  curveFigure,
  decisionFigure,
  fitFigure,
  gapFigure,
  importanceFigure,
  mapFigure,
  modelPicture,
  networkFigure,
  neuronFigure,
  pathFigure,
  residualFigure,
  rocFigure,
  scoreFigure,
} from './picture.js';
export type { PruneData, PruneLine, PrunePoint } from './prune-data.js';
export { pruneReport } from './prune-html.js';
export type { ChoiceData, ColumnSummary, DataSummary, ReportData, ScoreData } from './report-data.js';
export { type DrawnData, reportFigures } from './report-figures.js';
export { dualWords, scopeNames, type Verdict, verdictOf } from './scopes.js';
export {
  formatBound,
  formatFixed,
  formatGap,
  formatNumber,
  formatPercent,
  formatSeconds,
  listed,
  plural,
  printable,
  shortened,
  textTable,
  wrapped,
} from './text.js';
export { trackNeurons, type UntrackedNeuron } from './track.js';
