import { requireThat } from '../base/index.js';
import {
  type Derivation,
  derivedModel,
  encodeFeatures,
  encodeTarget,
  lossByName,
  type Table,
  writeModel,
} from '../index.js';
import { fewestNeurons, type Member, type ScoredRows, selectMember } from '../optimal-set/index.js';
import { formatNumber, plural } from '../report/index.js';
import { inputName, Output } from './files.js';
import {
  networkWords,
  type OpenedNetwork,
  type OptimalCommand,
  openNetwork,
  scopeWords,
  toleranceWords,
  uniqueWords,
} from './optimal-network.js';
import { Session } from './session.js';
import { derivationLines, networkLines, scoreTable, verdict } from './summary.js';

export interface SelectCommand extends OptimalCommand {
  readonly by: 'min-norm' | 'max-norm' | 'fewest' | 'validation';
  readonly validation?: string;
  readonly output: string;
}

/** `relucent select`: of all optimal networks the one that a rule prefers. */
export function selectCommand(modelPath: string, data: string, options: SelectCommand): Promise<number> {
  const { by, validation, output } = options;
  requireThat(validation === undefined || by === 'validation', `--validation: is for --by validation, got --by ${by}.`);
  return Session.run({ textOnStderr: output === '-' }, async (session) => {
    const inputs = [modelPath, data, ...(validation === undefined ? [] : [validation])];
    const file = await Output.prepare(output, inputs);
    const rows = validation === undefined ? null : await session.readTable(validation);
    const opened = await openNetwork(session, modelPath, data, options, ({ rows: { test } }) =>
      requireThat(
        by !== 'validation' || rows !== null || test > 0,
        '--validation: the model kept no rows for testing; name a table of validation rows.',
      ),
    );
    const choice = chosen(opened, rows, options);
    const { model, table, polished } = opened;
    const derivation: Derivation = {
      operation: 'select',
      words: `selected by ${choice.rule} among ${opened.set.dimension === 0 ? 'the one optimal network' : `the optimal networks, a set of dimension ${opened.set.dimension}`}`,
      exact: true,
      from: { neurons: model.weights.hidden.rows, objective: polished.before },
    };
    const { signal, progress } = session;
    const made = await derivedModel(model, table, choice.member.weights, {
      derivation,
      signal,
      onProgress: progress.update,
    });
    progress.clear();
    await file.write(writeModel(made));
    const { text } = session;
    text.section('Network', [inputName(modelPath), ...networkWords(opened)]);
    text.section('Optimal', [...uniqueWords(opened), ...scopeWords(opened), ...toleranceWords(opened)]);
    text.section('Selected', [choice.words, ...derivationLines(made), ...networkLines(made)]);
    text.line();
    text.section('Scores', [scoreTable(made.scores, made.preprocessing.target.name)]);
    text.section('Certificate', [verdict(text, made)]);
    text.section('Files', [output === '-' ? 'stdout' : output]);
    return 0;
  });
}

interface Choice {
  readonly member: Member;
  /** What the choice is by, in the model file. */
  readonly rule: string;
  readonly words: string;
}

function chosen(opened: OpenedNetwork, rows: Table | null, { by, seed }: SelectCommand): Choice {
  const { set } = opened;
  if (by === 'fewest') {
    const { member, lowerBound, proved } = fewestNeurons(set, { seed });
    const bound = proved ? 'proved: none of these has fewer' : `proved: none of these has fewer than ${lowerBound}`;
    return { member, rule: 'the fewest neurons', words: `${plural(member.neurons, 'neuron')} (${bound})` };
  }
  if (by === 'validation') return byValidation(opened, rows, seed);
  const { member, value, proved } = selectMember(set, by, { seed });
  const [most, none] = by === 'min-norm' ? ['least', 'less'] : ['greatest', 'more'];
  return {
    member,
    rule: `the ${most} norm of its neurons' sizes`,
    words: `‖(‖u‖|α|)‖₂ = ${formatNumber(value)}${proved ? ` (proved: none of these has ${none})` : `, the ${most} that a search found`}`,
  };
}

function byValidation({ set, model, test }: OpenedNetwork, rows: Table | null, seed: number): Choice {
  const validation = rows === null ? test : encodedRows(rows, model);
  if (validation === null) throw new TypeError('no rows');
  const { member, value, proved } = selectMember(set, 'validation', { validation, seed });
  const where = rows === null ? `its ${plural(validation.X.rows, 'test row')}` : rows.source;
  const used = rows === null ? '; the scores on the test rows below are no longer those of unseen rows' : '';
  return {
    member,
    rule: `the least loss on ${where}`,
    words: `mean loss ${formatNumber(value)} on ${where}${proved ? ' (proved: none of these has less)' : ''}${used}`,
  };
}

function encodedRows(table: Table, { preprocessing, objective }: OpenedNetwork['model']): ScoredRows {
  const { X } = encodeFeatures(table, preprocessing);
  return { X, y: encodeTarget(table, preprocessing, lossByName(objective.loss).targets).y };
}
