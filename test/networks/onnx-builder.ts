import { onnx } from 'onnx-proto';

/** A graph in a few words; written by onnx-proto, not by our own encoder. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly constants: readonly Constant[];
  /** Default `['x']`, of shape [N, width]. */
  readonly inputs?: readonly string[];
  /** Width of the inputs. Default 2. */
  readonly width?: number;
  /** Default `['y']`. */
  readonly outputs?: readonly string[];
  /** Whether constants are listed among the inputs as well, as old files do. */
  readonly listed?: boolean;
}

export interface Node {
  readonly op: string;
  readonly domain?: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, number | readonly number[] | Constant>>;
}

export type Form = 'raw' | 'float_data' | 'double_data' | 'float64' | 'float16' | 'int64';

export interface Constant {
  readonly name: string;
  readonly dims: readonly number[];
  readonly values: readonly number[];
  readonly form: Form;
}

export const node = (
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Node['attributes'] = {},
): Node => ({
  op,
  inputs,
  output,
  attributes,
});

export const tensor = (
  name: string,
  dims: readonly number[],
  values: readonly number[],
  form: Form = 'raw',
): Constant => ({
  name,
  dims,
  values,
  form,
});

const { FLOAT, DOUBLE, FLOAT16, INT64 } = onnx.TensorProto.DataType;
const bytesOf = (array: Float32Array | Float64Array | BigInt64Array | Uint16Array): Uint8Array =>
  new Uint8Array(array.buffer);

function tensorProto({ name, dims, values, form }: Constant): onnx.ITensorProto {
  const data: Record<Form, onnx.ITensorProto> = {
    raw: { dataType: FLOAT, rawData: bytesOf(Float32Array.from(values)) },
    float_data: { dataType: FLOAT, floatData: [...values] },
    double_data: { dataType: DOUBLE, doubleData: [...values] },
    float64: { dataType: DOUBLE, rawData: bytesOf(Float64Array.from(values)) },
    float16: { dataType: FLOAT16, rawData: bytesOf(new Uint16Array(values.length)) },
    int64: { dataType: INT64, int64Data: [...values] },
  };
  return { name, dims: [...dims], ...data[form] };
}

function attributeProto([name, value]: [string, Node['attributes'][string]]): onnx.IAttributeProto {
  const types = onnx.AttributeProto.AttributeType;
  if (typeof value === 'object' && 'form' in value) return { name, type: types.TENSOR, t: tensorProto(value) };
  if (typeof value === 'object') return { name, type: types.INTS, ints: [...value] };
  const isFloat = ['alpha', 'beta', 'min', 'max', 'epsilon'].includes(name);
  return isFloat ? { name, type: types.FLOAT, f: value } : { name, type: types.INT, i: value };
}

const rows: onnx.TensorShapeProto.IDimension = { dimParam: 'N' };

/** The bytes of an ONNX file with inputs [N, width]. */
export function modelBytes({
  nodes,
  constants,
  inputs = ['x'],
  width = 2,
  outputs = ['y'],
  listed = false,
}: Graph): Uint8Array {
  const value = (name: string, dim: onnx.TensorShapeProto.IDimension[]): onnx.IValueInfoProto => ({
    name,
    type: { tensorType: { elemType: FLOAT, shape: { dim } } },
  });
  const names = [...inputs, ...(listed ? constants.map(({ name }) => name) : [])];
  return onnx.ModelProto.encode({
    irVersion: 7,
    producerName: 'test',
    opsetImport: [{ version: 13 }],
    graph: {
      name: 'graph',
      node: nodes.map(({ op, domain, inputs, output, attributes }) => ({
        opType: op,
        domain: domain ?? '',
        input: [...inputs],
        output: [output],
        attribute: Object.entries(attributes).map(attributeProto),
      })),
      initializer: constants.map(tensorProto),
      input: names.map((name) => value(name, [rows, { dimValue: width }])),
      output: outputs.map((name) => value(name, [rows, { dimValue: 1 }])),
    },
  }).finish();
}
