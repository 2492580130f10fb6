import { createRandom } from '../../base/index.js';
import { sizeOf } from '../ir/shape.js';
import { type Numbers, newNumbers, type Precision } from '../onnx/index.js';
import { type Architecture, type Parameter, parametersOf } from './layers.js';

/** Numbers by name: the weights of a network, or the state of its optimiser. */
export type Tensors = Readonly<Record<string, Numbers>>;

function startOf({ role, shape }: Parameter, normal: () => number): (index: number) => number {
  if (role === 'bias') return () => 0;
  if (role === 'slope') return () => 0.25;
  const deviation = Math.sqrt(2 / sizeOf(shape.slice(1)));
  return () => deviation * normal();
}

/** Weights to start from: normal with variance 2 / fan-in, biases 0. The same seed gives the same weights. */
export function initialise({ layers }: Architecture, seed: number, precision: Precision): Tensors {
  const random = createRandom(seed, 1);
  return Object.fromEntries(
    parametersOf(layers).map((parameter) => {
      const start = startOf(parameter, () => random.normal());
      return [parameter.name, newNumbers(precision, sizeOf(parameter.shape)).map((_, i) => start(i))];
    }),
  );
}
