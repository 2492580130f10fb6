import { RelucentError } from '../base/index.js';
import { type ExportFormat, exportModel } from '../index.js';
import { formatNumber } from '../report/index.js';
import { inputName, Output, readBytes } from './files.js';
import { isParallelText, type PathLambda, predictorOfText, requireNoLambda } from './predict.js';
import { Session } from './session.js';

export interface ExportCommand {
  readonly to: ExportFormat;
  readonly precision?: 'float32' | 'float64';
  readonly output?: string;
  /** Which network of a path file. */
  readonly lambda?: PathLambda;
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
    const { bytes, takes } = await exported(session, modelPath, { to, precision, lambda, output });
    await file.write(bytes);
    if (output !== '-') session.text.line(`${output}: ${formatNumber(bytes.length)} bytes, takes ${takes}`);
    return 0;
  });
}

async function exported(
  session: Session,
  path: string,
  options: ExportCommand,
): Promise<{ bytes: Uint8Array; takes: string }> {
  const text = new TextDecoder().decode(await readBytes(path, session.signal));
  const name = inputName(path);
  if (isParallelText(text)) {
    requireNoLambda(options.lambda, name);
    const bytes = (await import('./parallel.js')).exportedParallel(text, name, options);
    return { bytes, takes: 'the columns of the table as they are' };
  }
  const { to, precision, lambda, output = '-' } = options;
  const { bytes } = exportModel(predictorOfText(text, name, lambda), to, { name: nameOf(output), precision });
  return { bytes, takes: 'the columns of the table as they are' };
}

/** The file name without folder and ending: the prefix of names in C. */
const nameOf = (output: string): string =>
  output === '-' ? 'model' : (/([^/\\]*?)(\.[^./\\]*)?$/.exec(output)?.[1] ?? '') || 'model';
