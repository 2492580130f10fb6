/** Pieces of the exports that those of other kinds of networks share. */
export { encoding, plainEncoding, prediction } from '../code/javascript.js';
export { literal } from '../code/literals.js';
export { outputLine } from '../code/options.js';
export { checkSizes } from '../inputs.js';
export { addPreprocessing, addTarget, textsOf } from '../onnx/write.js';
