import { RelucentError } from '../../base/index.js';
import { encodeMessage, type Field } from './protobuf.js';

/** Number type of a graph: input, weights and scores alike. */
export type Precision = 'float32' | 'float64';

/** TensorProto.DataType. */
const INT64 = 7;
const FLOAT_TYPE = { float32: 1, float64: 11 };

/** The standard operators up to this version are used; ONNX Runtime knows them since 1.10 (IR version 8). */
const OPSET = 15;
const IR_VERSION = 8;

export interface Output {
  readonly name: string;
  readonly type: 'number' | 'index';
  /** Entries per row; none for one index a row. */
  readonly width?: number;
}

export interface ModelTexts {
  readonly description: string;
  readonly metadata: Readonly<Record<string, string>>;
}

type Attribute = number;

/** Collects the nodes and constants of one graph and writes them as an ONNX file. */
export class GraphBuilder {
  readonly #nodes: Field[] = [];
  readonly #constants: Field[] = [];
  constructor(readonly precision: Precision) {}

  /** The type number that Cast takes for this graph's numbers. */
  get floatType(): number {
    return FLOAT_TYPE[this.precision];
  }

  /** Adds an operator and returns the name of its output; integer attributes only. */
  node(
    op: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    const INT_ATTRIBUTE = 2;
    const fields: Field[] = Object.entries(attributes).map(([name, value]) => [
      5,
      [
        [1, name],
        [3, value],
        [20, INT_ATTRIBUTE],
      ],
    ]);
    this.#nodes.push([
      1,
      [...inputs.map((name): Field => [1, name]), [2, output], [3, `${op}/${output}`], [4, op], ...fields],
    ]);
    return output;
  }

  /** Adds a constant of the graph's number type. Throws `usage` when float32 cannot hold it. */
  numbers(name: string, dims: readonly number[], values: ArrayLike<number>): string {
    const bytes = this.precision === 'float64' ? float64Bytes(values) : float32Bytes(name, values);
    return this.#tensor(name, dims, this.floatType, bytes);
  }

  /** Adds a constant list of indices. */
  indices(name: string, values: readonly number[]): string {
    const view = new DataView(new ArrayBuffer(8 * values.length));
    values.forEach((value, i) => {
      view.setBigInt64(8 * i, BigInt(value), true);
    });
    return this.#tensor(name, [values.length], INT64, new Uint8Array(view.buffer));
  }

  #tensor(name: string, dims: readonly number[], type: number, raw: Uint8Array): string {
    this.#constants.push([5, [...dims.map((dim): Field => [1, dim]), [2, type], [8, name], [9, raw]]]);
    return name;
  }

  /** The file: one input [N, inputs] and the outputs. */
  finish(inputs: number, outputs: readonly Output[], { description, metadata }: ModelTexts): Uint8Array {
    const values = outputs.map((output): Field => [12, this.#value(output)]);
    const input: Field = [11, this.#value({ name: 'input', type: 'number', width: inputs })];
    const graph: Field[] = [...this.#nodes, [2, 'relucent'], ...this.#constants, [10, description], input, ...values];
    return encodeMessage([
      [1, IR_VERSION],
      [2, 'relucent'],
      [6, description],
      [7, graph],
      [8, [[2, OPSET]]],
      ...Object.entries(metadata).map(
        ([key, value]): Field => [
          14,
          [
            [1, key],
            [2, value],
          ],
        ],
      ),
    ]);
  }

  /** ValueInfoProto: name, and type → tensor → element type and shape [N, width]. */
  #value({ name, type, width }: Output): Field[] {
    const rows: Field = [1, [[2, 'N']]];
    const shape: Field[] = width === undefined ? [rows] : [rows, [1, [[1, width]]]];
    return [
      [1, name],
      [
        2,
        [
          [
            1,
            [
              [1, type === 'index' ? INT64 : this.floatType],
              [2, shape],
            ],
          ],
        ],
      ],
    ];
  }
}

function float64Bytes(values: ArrayLike<number>): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  for (let i = 0; i < values.length; i++) view.setFloat64(8 * i, values[i], true);
  return new Uint8Array(view.buffer);
}

function float32Bytes(name: string, values: ArrayLike<number>): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (let i = 0; i < values.length; i++) {
    const rounded = Math.fround(values[i]);
    // A scale that becomes 0 would divide by it.
    if (!Number.isFinite(rounded) || (name === 'scale' && rounded === 0)) {
      throw new RelucentError(
        'usage',
        `toOnnx: expected numbers that fit float32, got ${values[i]} in ${name}; use float64.`,
      );
    }
    view.setFloat32(4 * i, rounded, true);
  }
  return new Uint8Array(view.buffer);
}
