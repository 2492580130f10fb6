import { certificateInWords, describeModel, objectiveInWords } from '../index.js';
import { listed } from '../report/index.js';
import { inputName, readBytes } from './files.js';
import { isParallelText, modelOfText, type PathLambda, requireNoLambda } from './predict.js';
import { Session } from './session.js';
import {
  certificateTable,
  derivationLines,
  networkLines,
  scoreTable,
  sentences,
  targetLines,
  verdict,
} from './summary.js';

/** `relucent info`: what a model file holds, without any data. */
export function infoCommand(modelPath: string, { lambda }: { readonly lambda?: PathLambda } = {}): Promise<number> {
  return Session.run({}, async (session) => {
    const { text, signal } = session;
    const content = new TextDecoder().decode(await readBytes(modelPath, signal));
    if (isParallelText(content)) {
      requireNoLambda(lambda, inputName(modelPath));
      return (await import('./parallel.js')).showParallelInfo(session, content, inputName(modelPath));
    }
    const model = modelOfText(content, inputName(modelPath), lambda);
    const { columns, activeFeatures, version, dataDigest, seed } = describeModel(model);
    const { objective, certificate } = model;
    text.section('Model', [
      `${modelPath}, written by relucent ${version} (seed ${seed}, data ${dataDigest})`,
      ...targetLines(model),
    ]);
    text.section('Columns', [
      `numbers: ${listed(columns.numbers, 12) || 'none'}`,
      `categories: ${listed(columns.categories, 12) || 'none'}`,
      ...columns.dropped.map(({ name, reason }) => text.paint('quiet', `– ${name} is dropped: ${reason}`)),
    ]);
    text.section('Problem', [`minimise ${objectiveInWords(objective)}`]);
    text.section('Network', [
      ...networkLines(model),
      ...derivationLines(model),
      ...(activeFeatures.length > 0 ? [`inputs used: ${listed(activeFeatures, 12)}`] : []),
    ]);
    text.section('Scores', [scoreTable(model.scores, model.preprocessing.target.name)]);
    text.section('Certificate', [
      verdict(text, model),
      ...sentences(certificateInWords(certificate, objective, model.weights.activation)),
      `\n${certificateTable(certificate)}`,
    ]);
    return 0;
  });
}
