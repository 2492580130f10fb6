export type {
  BinaryFit,
  CertificateData,
  ClassesFit,
  CurveMap,
  FitData,
  MapData,
  NeuronData,
  NeuronEntry,
  PictureData,
  PlaneMap,
  RegressionFit,
  RegressionPoint,
} from './data.js';
export { certificateFigure, fitFigure, mapFigure, modelPicture, neuronFigure } from './picture.js';
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
