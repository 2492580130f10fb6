export { certifyTable, type TableCertificate, type TableCertificateOptions } from './certify-table.js';
export { fit } from './fit.js';
export { fitPath, networkAt, type PathEnd, type PathOptions, type PathPoint, type PathResult } from './fit-path.js';
export { fitTable, splitTable, type TableSplit } from './fit-table.js';
export type { MatrixLike } from './inputs.js';
export type { FitOptions, FitResult, TableFit, TableFitOptions } from './options.js';
export { scoresOf } from './scores.js';
export { type Verification, verifyModel } from './verify-model.js';
