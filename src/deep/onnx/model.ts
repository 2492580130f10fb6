import { encodeMessage, type Field, Float32Single } from '../../networks/index.js';
import type { Shape } from '../ir/shape.js';
import { Layouts } from './layout.js';

/** Number type of a whole graph. Convolutions and average pools exist in float32 only. */
export type Precision = 'float32' | 'float64';

/** TensorProto.DataType. */
const TYPES = { float32: 1, float64: 11, int64: 7 } as const;

/** Operators up to this version, in a file format that ONNX Runtime reads since 1.12. */
const OPSET = 17;
const IR_VERSION = 8;

/** Sizes of an input or output; a name stands for one that may vary, as the number of rows. */
export type FileShape = readonly (number | string)[];

/** Whole numbers are ONNX integers; a float attribute says so. */
export type Attribute = number | readonly number[] | { readonly float: number } | string;
type Attributes = Readonly<Record<string, Attribute>>;

/** ONNX Runtime's own operators for images whose channels lie in blocks. */
const BLOCKED_DOMAIN = 'com.microsoft.nchwc';

function attributeField(name: string, value: Attribute): Field {
  const [FLOAT, INT, STRING, INTS] = [1, 2, 3, 7];
  if (typeof value === 'number')
    return [
      5,
      [
        [1, name],
        [3, value],
        [20, INT],
      ],
    ];
  if (typeof value === 'string')
    return [
      5,
      [
        [1, name],
        [4, value],
        [20, STRING],
      ],
    ];
  if ('float' in value)
    return [
      5,
      [
        [1, name],
        [2, new Float32Single(value.float)],
        [20, FLOAT],
      ],
    ];
  return [5, [[1, name], ...value.map((entry): Field => [8, entry]), [20, INTS]]];
}

/** Nodes, constants, inputs and outputs of one ONNX graph, and its bytes. */
export class OnnxModel {
  readonly #nodes: Field[] = [];
  readonly #constants = new Map<string, Field>();
  readonly #values: Field[] = [];
  #count = 0;
  #usesBlocks = false;
  readonly layouts = new Layouts();

  /** `block`: channels side by side in the runtime's blocked convolutions (see blocked.ts); 0 where it has none. */
  constructor(
    readonly precision: Precision,
    readonly block = 0,
  ) {}

  /** Adds an operator and returns the name of its (first) result. */
  op(kind: string, inputs: readonly string[], attributes: Attributes = {}, results = 1): string {
    return this.#op(kind, inputs, attributes, results);
  }

  /** Adds an operator on images in blocked layout. */
  blockedOp(kind: string, inputs: readonly string[], attributes: Attributes = {}): string {
    this.#usesBlocks = true;
    return this.#op(kind, inputs, attributes, 1, [[7, BLOCKED_DOMAIN]]);
  }

  #op(kind: string, inputs: readonly string[], attributes: Attributes, results: number, more: Field[] = []): string {
    const names = Array.from({ length: results }, () => `v${this.#count++}`);
    this.#nodes.push([
      1,
      [
        ...inputs.map((name): Field => [1, name]),
        ...names.map((name): Field => [2, name]),
        [3, `${kind}/${names[0]}`],
        [4, kind],
        ...Object.entries(attributes).map(([name, value]) => attributeField(name, value)),
        ...more,
      ],
    ]);
    return names[0];
  }

  /** A constant of the graph's number type; equal scalars share one. */
  numbers(values: ArrayLike<number>, shape: Shape): string {
    const name = shape.length === 0 ? `scalar_${values[0]}` : `constant_${this.#constants.size}`;
    const list = this.precision === 'float64' ? Float64Array.from(values) : Float32Array.from(values);
    return this.#constant(name, shape, TYPES[this.precision], new Uint8Array(list.buffer));
  }

  /** A constant under a name of its own. */
  named(name: string, values: ArrayLike<number>, shape: Shape): string {
    const list = this.precision === 'float64' ? Float64Array.from(values) : Float32Array.from(values);
    return this.#constant(name, shape, TYPES[this.precision], new Uint8Array(list.buffer));
  }

  /** The type number that Cast takes for this graph's numbers. */
  get type(): number {
    return TYPES[this.precision];
  }

  /** Factors of a Resize, float32 in every graph. */
  scales(values: readonly number[]): string {
    const raw = new Uint8Array(Float32Array.from(values).buffer);
    return this.#constant(`scales_${values.join('_')}`, [values.length], TYPES.float32, raw);
  }

  scalar(value: number): string {
    return this.numbers([value], []);
  }

  /** A constant list of sizes, axes or indices; a long one needs a name that tells it from others. */
  indices(values: readonly number[], name = values.join('_')): string {
    const list = BigInt64Array.from(values, BigInt);
    return this.#constant(`indices_${name}`, [values.length], TYPES.int64, new Uint8Array(list.buffer));
  }

  #constant(name: string, shape: Shape, type: number, raw: Uint8Array): string {
    if (!this.#constants.has(name)) {
      this.#constants.set(name, [5, [...shape.map((size): Field => [1, size]), [2, type], [8, name], [9, raw]]]);
    }
    return name;
  }

  input(name: string, shape: FileShape): void {
    this.#values.push([11, this.#value(name, shape)]);
  }

  output(name: string, shape: FileShape): void {
    this.#values.push([12, this.#value(name, shape)]);
  }

  /** Gives a value another name, for an output. */
  alias(from: string, to: string): void {
    this.#nodes.push([
      1,
      [
        [1, from],
        [2, to],
        [3, `Identity/${to}`],
        [4, 'Identity'],
      ],
    ]);
  }

  #value(name: string, shape: FileShape): Field[] {
    const sizes = shape.map((size): Field => [1, [typeof size === 'string' ? [2, size] : [1, size]]]);
    return [
      [1, name],
      [
        2,
        [
          [
            1,
            [
              [1, TYPES[this.precision]],
              [2, sizes],
            ],
          ],
        ],
      ],
    ];
  }

  bytes(): Uint8Array {
    const graph: Field[] = [...this.#nodes, [2, 'relucent'], ...this.#constants.values(), ...this.#values];
    return encodeMessage([
      [1, IR_VERSION],
      [2, 'relucent'],
      [7, graph],
      [8, [[2, OPSET]]],
      ...(this.#usesBlocks
        ? [
            [
              8,
              [
                [1, BLOCKED_DOMAIN],
                [2, 1],
              ],
            ] as Field,
          ]
        : []),
    ]);
  }
}
