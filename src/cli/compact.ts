import { existsSync, statSync } from 'node:fs';
import { RelucentError } from '../base/index.js';
import {
  compact,
  type DeepNetwork,
  deepFromOnnx,
  deepToOnnx,
  findGroups,
  measureWeights,
  parametersOf,
} from '../deep/index.js';
import { formatNumber, formatPercent } from '../report/index.js';
import { inputName, Output, readBytes } from './files.js';
import { RunFolder } from './run-folder.js';
import { Session } from './session.js';

export interface CompactCommand {
  readonly output: string;
  readonly quiet?: boolean;
}

/** `relucent compact`: the network without its dead units: the same function, a smaller file. */
export function compactCommand(source: string, { output, quiet }: CompactCommand): Promise<number> {
  return Session.run({ quiet, textOnStderr: output === '-' }, async (session) => {
    const run = isFolder(source) ? await RunFolder.open(source) : null;
    const file = await Output.prepare(output, run?.own ?? [source]);
    const { network, grouping } = run ? await lastOf(run) : await networkOf(source);
    const small = compact(network, grouping);
    const bytes = deepToOnnx(small);
    await file.write(bytes);
    const { active, units } = measureWeights(network.architecture, grouping, network.weights);
    const [before, after] = [network, small].map(({ architecture: { layers } }) =>
      parametersOf(layers).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
    );
    session.text.line(
      `${output}: ${active} of ${units} units, ${formatNumber(after)} of ${formatNumber(before)} weights ` +
        `(${formatPercent(after / before)}), ${formatNumber(bytes.length)} bytes; the same function`,
    );
    return 0;
  });
}

const isFolder = (path: string): boolean => existsSync(path) && statSync(path).isDirectory();

/** The last network of a run. */
async function lastOf(folder: RunFolder) {
  const config = await folder.config();
  const { architecture, grouping } = config;
  const state = await folder.state(config);
  if (state) return { network: { architecture, weights: state.weights }, grouping };
  throw new RelucentError('io', `${folder.path}: the run has kept no state yet; relucent resume ${folder.path}.`);
}

async function networkOf(source: string) {
  const network: DeepNetwork = deepFromOnnx(await readBytes(source), { name: inputName(source) });
  return { network, grouping: findGroups(network.architecture, { acrossPooling: true }) };
}
