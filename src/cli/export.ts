import { RelucentError } from '../base/index.js';
import { type ExportFormat, exportModel } from '../index.js';
import { formatNumber } from '../report/index.js';
import { Output } from './files.js';
import { loadModel } from './predict.js';
import { Session } from './session.js';

export interface ExportCommand {
  readonly to: ExportFormat;
  readonly precision?: 'float32' | 'float64';
  readonly output?: string;
  /** Which network of a path file. */
  readonly lambda?: number;
}

/** `relucent export`: the model for use without relucent. */
export function exportCommand(
  modelPath: string,
  { to, precision, lambda, output = '-' }: ExportCommand,
): Promise<number> {
  if (precision !== undefined && to !== 'onnx')
    throw new RelucentError('usage', `--precision: is for --to onnx; ${to} code always has float64.`);
  if (output === '-' && to === 'onnx' && process.stdout.isTTY)
    throw new RelucentError('usage', 'an ONNX file is not text; name one with -o model.onnx.');
  return Session.run({ textOnStderr: output === '-' }, async (session) => {
    const file = await Output.prepare(output, [modelPath]);
    const model = await loadModel(modelPath, session.signal, lambda);
    const { bytes } = exportModel(model, to, { name: nameOf(output), precision });
    await file.write(bytes);
    if (output !== '-')
      session.text.line(`${output}: ${formatNumber(bytes.length)} bytes, takes the columns of the table as they are`);
    return 0;
  });
}

/** The file name without folder and ending: the prefix of names in C. */
const nameOf = (output: string): string =>
  output === '-' ? 'model' : (/([^/\\]*?)(\.[^./\\]*)?$/.exec(output)?.[1] ?? '') || 'model';
