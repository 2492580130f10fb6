import { balance, type DeepNetwork, deepFromOnnx, deepToOnnx } from '../deep/index.js';
import { formatNumber } from '../report/index.js';
import { inputName, Output, readBytes } from './files.js';
import { Session } from './session.js';

export interface BalanceCommand {
  readonly output: string;
  readonly quiet?: boolean;
}

/** `relucent balance`: the same function with the least sum of squared weights that rescaling units can reach. */
export function balanceCommand(source: string, { output, quiet }: BalanceCommand): Promise<number> {
  return Session.run({ quiet, textOnStderr: output === '-' }, async (session) => {
    const file = await Output.prepare(output, [source]);
    const network = deepFromOnnx(await readBytes(source), { name: inputName(source) });
    const balanced = balance(network);
    const plain = network.architecture.layers.every(({ kind }) => kind !== 'conv2d' && kind !== 'averagePool');
    const bytes = deepToOnnx(balanced, { precision: plain ? 'float64' : 'float32' });
    await file.write(bytes);
    session.text.line(
      `${output}: sum of squared weights ${formatNumber(squares(network), 6)} → ${formatNumber(squares(balanced), 6)} ` +
        `in ${formatNumber(balanced.sweeps)} sweeps${balanced.converged ? '' : ', not to the end'}; the same function`,
    );
    return 0;
  });
}

const squares = ({ weights }: DeepNetwork): number =>
  Object.entries(weights)
    .filter(([name]) => name.endsWith('weight'))
    .reduce(
      (sum, [, values]) => sum + (values as Float64Array).reduce((total: number, x: number) => total + x * x, 0),
      0,
    );
