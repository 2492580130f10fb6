import { createRandom, type Random } from '../../base/index.js';
import { sizeOf } from '../ir/shape.js';
import { type Numbers, newNumbers, type Precision } from '../onnx/index.js';
import { type Architecture, type Parameter, parametersOf } from './layers.js';

/** Numbers by name: the weights of a network, or the state of its optimiser. */
export type Tensors = Readonly<Record<string, Numbers>>;

/** Draws one entry of a parameter; biases need the fan-in of their layer. */
type Draw = (random: Random, parameter: Parameter, fanIn: number) => number;

const heNormal: Draw = (random, { role }, fanIn) => (role === 'bias' ? 0 : Math.sqrt(2 / fanIn) * random.normal());
const uniform: Draw = (random, _, fanIn) => (2 * random.uniform() - 1) / Math.sqrt(fanIn);

/**
 * Weights to start from, as the architecture says: normal with variance 2 / fan-in and biases 0 (`he-normal`), or all uniform
 * within ±1/√fan-in (`uniform`). The same seed gives the same weights.
 */
export function initialise({ layers, start = 'he-normal' }: Architecture, seed: number, precision: Precision): Tensors {
  const random = createRandom(seed, 1);
  const draw = start === 'uniform' ? uniform : heNormal;
  let fanIn = 1;
  return Object.fromEntries(
    parametersOf(layers).map((parameter) => {
      if (parameter.role === 'weight') fanIn = sizeOf(parameter.shape.slice(1));
      const entry = (): number => (parameter.role === 'slope' ? 0.25 : draw(random, parameter, fanIn));
      return [parameter.name, newNumbers(precision, sizeOf(parameter.shape)).map(entry)];
    }),
  );
}
