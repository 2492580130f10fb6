import { RelucentError } from '../../base/index.js';
import { type ExternalData, type OnnxNode, type ParsedOnnx, parseOnnx } from '../../networks/index.js';
import { Graph } from '../ir/graph.js';
import type { Shape } from '../ir/shape.js';
import { type Layer, layerPath, outputShape } from '../network/layers.js';
import type { Tensors } from '../network/parameters.js';
import type { DeepNetwork } from './compact.js';

export interface DeepOnnxReadOptions {
  /** What to call the file in messages. Default `deepFromOnnx`. */
  readonly name?: string;
  /** Second files that hold weights, by the name that the ONNX file gives them. */
  readonly externalData?: ExternalData;
  /** Shape of one example where the file leaves sizes free. */
  readonly input?: Shape;
}

/** One layer read from a node, with its numbers by role. */
interface Read {
  readonly layer: Layer;
  readonly numbers?: Readonly<Record<string, Float64Array>>;
  /** Of a residual. */
  readonly inner?: readonly Read[];
}

interface Constant {
  readonly dims: readonly number[];
  readonly values: Float64Array;
}

const OPERATORS =
  'Gemm, MatMul, Add, Conv, Relu, LeakyRelu, PRelu, MaxPool, AveragePool, Flatten, Reshape, Identity, Dropout';

/** Reads nodes one after another along the chain from the input to the output. */
class Reader {
  readonly #constants = new Map<string, Constant>();
  readonly #uses = new Map<string, OnnxNode[]>();

  constructor(
    readonly model: ParsedOnnx,
    readonly name: string,
  ) {
    for (const [name_, tensor] of model.initializers) {
      this.#constants.set(name_, { dims: tensor.dims, values: tensor.values() });
    }
    for (const node of model.nodes) {
      if (node.op === 'Constant') this.#keep(node);
      for (const input of node.inputs) this.#uses.set(input, [...(this.#uses.get(input) ?? []), node]);
    }
  }

  #keep({ outputs: [output], attributes }: OnnxNode): void {
    const tensor = attributes.get('value')?.tensor;
    if (tensor) this.#constants.set(output, { dims: tensor.dims, values: tensor.values() });
  }

  fail(what: string): never {
    throw new RelucentError('model', `${this.name}: ${what}.`);
  }

  constant(node: OnnxNode, index: number): Constant {
    const found = this.#constants.get(node.inputs[index]);
    return found ?? this.fail(`op ${node.op}: expected a constant as input ${index + 1}, got a computed value`);
  }

  /** The layers from the value `from` up to the output, or, inside a residual, up to the Add that ends it. */
  follow(from: string, first?: OnnxNode, end?: OnnxNode): Read[] {
    const reads: Read[] = [];
    let [value, next] = [from, first];
    for (;;) {
      if (this.model.outputs.includes(value)) {
        return end ? this.fail(`op Add: expected the end of a residual, but '${value}' is an output`) : reads;
      }
      const users = this.#uses.get(value) ?? [];
      if (users.length === 0) this.fail(`the value '${value}' leads to no output`);
      const node = next ?? users[0];
      if (node === end) return reads;
      const sum = next === undefined ? sumOf(users) : undefined;
      if (next === undefined && users.length > 1 && !sum) {
        this.fail(
          `expected a chain of layers or a residual (x + layers(x)), but '${value}' is used ${users.length} times`,
        );
      }
      const read = sum ? this.#residual(value, users, sum) : this.#layer(node, value, reads);
      if (read) reads.push(read);
      value = (sum ?? node).outputs[0];
      next = undefined;
    }
  }

  /** x + layers(x): the branch from the other use of x to the sum. */
  #residual(value: string, users: readonly OnnxNode[], sum: OnnxNode): Read {
    const first = users.find((node) => node !== sum)!;
    const inner = this.follow(value, first, sum);
    if (inner.length === 0) this.fail(`op Add: expected layers between '${value}' and the sum`);
    return { layer: { kind: 'residual', layers: inner.map(({ layer }) => layer) }, inner };
  }

  #layer(node: OnnxNode, value: string, before: Read[]): Read | null {
    switch (node.op) {
      case 'Identity':
      case 'Dropout':
        return null;
      case 'Gemm':
        return this.#gemm(node);
      case 'MatMul':
        return this.#matmul(node, value);
      case 'Add':
        this.#addBias(node, value, before);
        return null;
      case 'Conv':
        return this.#conv(node);
      case 'Relu':
        return { layer: { kind: 'relu' } };
      case 'LeakyRelu':
        return { layer: { kind: 'leakyRelu', slope: node.attributes.get('alpha')?.float ?? 0.01 } };
      case 'PRelu':
        return this.#prelu(node);
      case 'MaxPool':
      case 'AveragePool':
        return this.#pool(node);
      case 'Flatten':
      case 'Reshape':
        return { layer: { kind: 'flatten' } };
      case 'Softmax':
      case 'LogSoftmax':
      case 'Sigmoid':
        return this.#afterScores(node);
      default:
        return this.fail(`op ${node.op} is not supported; a network to train may have ${OPERATORS}`);
    }
  }

  #afterScores(node: OnnxNode): null {
    if (node.outputs.some((output) => this.model.outputs.includes(output))) return null;
    return this.fail(`op ${node.op} stands inside the network; expected it after the scores`);
  }

  #gemm(node: OnnxNode): Read {
    const flag = (name: string): number => node.attributes.get(name)?.int ?? 0;
    const factor = (name: string): number => node.attributes.get(name)?.float ?? 1;
    if (flag('transA') !== 0) this.fail('op Gemm: expected transA = 0');
    const { dims, values } = this.constant(node, 1);
    const weight = (flag('transB') ? values : transposed(values, dims)).map((x) => x * factor('alpha'));
    const [outputs, inputs] = flag('transB') ? dims : [dims[1], dims[0]];
    const bias = node.inputs[2] ? this.constant(node, 2).values.map((x) => x * factor('beta')) : undefined;
    return linearOf(inputs, outputs, weight, bias && stretched(bias, outputs));
  }

  #matmul(node: OnnxNode, value: string): Read {
    if (node.inputs[0] !== value) this.fail('op MatMul: expected the constant weights on the right');
    const { dims, values } = this.constant(node, 1);
    if (dims.length !== 2) this.fail(`op MatMul: expected a matrix, got [${dims.join(', ')}]`);
    return linearOf(dims[0], dims[1], transposed(values, dims));
  }

  /** The bias of the product before it. */
  #addBias(node: OnnxNode, value: string, before: Read[]): void {
    const bias = this.constant(node, node.inputs[0] === value ? 1 : 0);
    const last = before.pop();
    if (last?.layer.kind !== 'linear' || last.numbers?.bias) {
      this.fail('op Add: expected a bias right after MatMul');
    }
    const { inputs, outputs } = last.layer;
    before.push(linearOf(inputs, outputs, last.numbers!.weight, stretched(bias.values, outputs)));
  }

  #conv(node: OnnxNode): Read {
    const { dims, values } = this.constant(node, 1);
    const ints = (name: string, usual: readonly number[]) => {
      const given = node.attributes.get(name)?.ints ?? [];
      return given.length > 0 ? given : usual;
    };
    const [strides, pads] = [ints('strides', [1, 1]), ints('pads', [0, 0, 0, 0])];
    const plain = (node.attributes.get('group')?.int ?? 1) === 1 && ints('dilations', [1, 1]).every((d) => d === 1);
    const square = dims[2] === dims[3] && new Set(strides).size === 1 && new Set(pads).size === 1;
    if (dims.length !== 4 || !plain || !square) {
      this.fail('op Conv: expected square kernels, equal strides and pads, one group and no dilation');
    }
    const [outputs, inputs, size] = dims;
    const bias = node.inputs[2] ? this.constant(node, 2).values : undefined;
    const layer: Layer = { kind: 'conv2d', inputs, outputs, size, stride: strides[0], padding: pads[0], bias: !!bias };
    return { layer, numbers: { weight: values, ...(bias && { bias }) } };
  }

  #prelu(node: OnnxNode): Read {
    const { values } = this.constant(node, 1);
    return { layer: { kind: 'prelu', channels: values.length }, numbers: { slope: values } };
  }

  #pool(node: OnnxNode): Read {
    const ints = (name: string) => node.attributes.get(name)?.ints ?? [];
    const size = ints('kernel_shape');
    const strides = ints('strides').length > 0 ? ints('strides') : [1, 1];
    const odd = size[0] !== size[1] || strides[0] !== strides[1] || ints('pads').some((pad) => pad !== 0);
    if (odd || (node.attributes.get('ceil_mode')?.int ?? 0) !== 0) {
      this.fail(`op ${node.op}: expected square windows without padding`);
    }
    const kind = node.op === 'MaxPool' ? 'maxPool' : 'averagePool';
    return { layer: { kind, size: size[0], stride: strides[0] } };
  }
}

/** Of the two uses of a value: the sum with something computed from it. */
function sumOf(users: readonly OnnxNode[]): OnnxNode | undefined {
  if (users.length !== 2 || users[0] === users[1]) return undefined;
  return users.find(({ op }) => op === 'Add');
}

/** Weights by the paths of their layers. */
function weightsOf(reads: readonly Read[], parent = ''): Record<string, Float64Array> {
  const weights: Record<string, Float64Array> = {};
  reads.forEach(({ numbers = {}, inner = [] }, i) => {
    const path = layerPath(parent, i);
    for (const [role, values] of Object.entries(numbers)) weights[`${path}.${role}`] = values;
    Object.assign(weights, weightsOf(inner, path));
  });
  return weights;
}

/** [rows, cols] → [cols, rows]. */
function transposed(values: Float64Array, [rows, cols]: readonly number[]): Float64Array {
  return values.map((_, i) => values[(i % rows) * cols + Math.floor(i / rows)]);
}

/** One number for all outputs, or one each. */
const stretched = (bias: Float64Array, outputs: number): Float64Array =>
  bias.length === 1 ? new Float64Array(outputs).fill(bias[0]) : bias;

const linearOf = (inputs: number, outputs: number, weight: Float64Array, bias?: Float64Array): Read => ({
  layer: { kind: 'linear', inputs, outputs, bias: bias !== undefined },
  numbers: { weight, ...(bias && { bias }) },
});

/** Sizes of one example: what the file says, or what the caller says. */
function inputShape(reader: Reader, given: Shape | undefined): Shape {
  const [input, ...more] = reader.model.inputs;
  if (!input || more.length > 0) reader.fail(`expected one input, got ${reader.model.inputs.length}`);
  const named = input.shape?.slice(1);
  const shape = given ?? named;
  if (shape?.every((size): size is number => size !== null)) return shape;
  return reader.fail(`the shape of input '${input.name}' is free; say the shape of one example`);
}

/**
 * A feed-forward network from an ONNX file, to go on training it: PyTorch's export of Sequential models and what
 * `deepToOnnx` writes, a chain of linear and convolution layers, ReLU, leaky ReLU, PReLU, pooling, flattening and residuals.
 * Softmax or Sigmoid after the scores is left out. Weights are float64.
 *
 * Throws `model`, one line, for damaged files, for other operators (named) and for layers that do not fit together.
 */
export function deepFromOnnx(bytes: Uint8Array, options: DeepOnnxReadOptions = {}): DeepNetwork {
  const name = options.name ?? 'deepFromOnnx';
  const reader = new Reader(parseOnnx(bytes, name, options.externalData), name);
  const input = inputShape(reader, options.input);
  const reads = reader.follow(reader.model.inputs[0].name);
  const architecture = { name: 'onnx', input, layers: reads.map(({ layer }) => layer) };
  const weights = weightsOf(reads);
  checkShapes(architecture, weights, name);
  return { architecture, weights };
}

function checkShapes(architecture: DeepNetwork['architecture'], weights: Tensors, name: string): void {
  if (Object.keys(weights).length === 0) throw new RelucentError('model', `${name}: the network has no weights.`);
  try {
    outputShape(architecture, () => new Graph());
  } catch (error) {
    if (error instanceof RelucentError) throw new RelucentError('model', `${name}: ${error.message}`, { cause: error });
    throw error;
  }
}
