import { RelucentError } from '../base/index.js';
import { type Precision, toC, toJavaScript, toNumpy, toOnnx } from '../networks/index.js';
import { hasProbability, type Predictor } from './predict.js';

export type ExportFormat = 'onnx' | 'js' | 'c' | 'numpy';

export interface ExportOptions {
  /** Name of the file without its ending, and the prefix of the names in C. Default `model`. */
  readonly name?: string;
  /** Number type of an ONNX file. Default `float32`; the code formats are always float64. */
  readonly precision?: Precision;
}

export interface ExportedModel {
  /** The name with the ending of the format: .onnx, .mjs, .c, .py. */
  readonly fileName: string;
  readonly bytes: Uint8Array;
}

/**
 * The model, preprocessing included, for use without relucent: an ONNX graph, an ES module, a C99 file or a Python module
 * (see `toOnnx`, `toJavaScript`, `toC`, `toNumpy` for what they take and give). Throws `usage` for another format.
 */
export function exportModel(model: Predictor, to: ExportFormat, options: ExportOptions = {}): ExportedModel {
  const { name = 'model', precision } = options;
  const { weights, preprocessing } = model;
  const common = { preprocessing, probability: hasProbability(model) };
  const text = (ending: string, code: string): ExportedModel => ({
    fileName: `${name}.${ending}`,
    bytes: new TextEncoder().encode(code),
  });
  switch (to) {
    case 'onnx':
      return { fileName: `${name}.onnx`, bytes: toOnnx(weights, { ...common, precision }) };
    case 'js':
      return text('mjs', toJavaScript(weights, common));
    case 'c':
      return text('c', toC(weights, { ...common, name }));
    case 'numpy':
      return text('py', toNumpy(weights, common));
    default:
      throw new RelucentError('usage', `exportModel: expected onnx, js, c or numpy, got ${to as string}.`);
  }
}
