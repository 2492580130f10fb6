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
    const file = await Output.prepare(output, [source]);
    const { network, grouping } = await networkOf(source);
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

/** The last network of a run, or that of an ONNX file. */
async function networkOf(source: string) {
  if (existsSync(source) && statSync(source).isDirectory()) {
    const folder = await RunFolder.open(source);
    const [{ architecture, grouping }, state] = [await folder.config(), await folder.state()];
    if (!state) throw new RelucentError('io', `${source}: the run has kept no state yet; relucent resume ${source}.`);
    return { network: { architecture, weights: state.weights }, grouping };
  }
  const network: DeepNetwork = deepFromOnnx(await readBytes(source), { name: inputName(source) });
  return { network, grouping: findGroups(network.architecture, { acrossPooling: true }) };
}
