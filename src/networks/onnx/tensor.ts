import type { Message } from './message.js';
import type { ExternalData } from './parse.js';
import { WireError } from './protobuf.js';

/** A constant of an ONNX file. */
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** Its entries in row-major order as float64; throws Unreadable when the type or place of the data is not supported. */
  values(): Float64Array;
}

/** Why a constant cannot be read although the file is sound; the text ends the reader's one-line error. */
export class Unreadable extends Error {}

const TENSOR = {
  dims: 1,
  type: 2,
  floats: 4,
  ints32: 5,
  ints64: 7,
  name: 8,
  raw: 9,
  doubles: 10,
  external: 13,
  location: 14,
};

/** The number types that are read: TensorProto.DataType, name, bytes, and how one entry is read from raw bytes. */
type Reader = (view: DataView, at: number) => number;
const TYPES: Readonly<Record<number, { readonly bytes: number; readonly read: Reader }>> = {
  1: { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  6: { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  7: { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
  9: { bytes: 1, read: (view, at) => view.getUint8(at) },
  11: { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
};

const TYPE_NAMES = 'undefined float uint8 int8 uint16 int16 int32 int64 string bool float16 double uint32 uint64'.split(
  ' ',
);

export function tensorOf(field: Message, external: ExternalData): OnnxTensor {
  const name = field.text(TENSOR.name);
  const dims = field.integers(TENSOR.dims);
  const type = field.integers(TENSOR.type)[0] ?? 0;
  return { name, dims, values: () => checkedValues(readValues(field, name, type, external), name, dims) };
}

function checkedValues(values: Float64Array, name: string, dims: readonly number[]): Float64Array {
  const size = dims.reduce((product, dim) => product * dim, 1);
  if (values.length === size && dims.every((dim) => dim >= 0)) return values;
  throw new WireError(`constant '${name}' has ${values.length} entries, its shape [${dims}] asks for ${size}`);
}

function readValues(field: Message, name: string, type: number, external: ExternalData): Float64Array {
  const format = TYPES[type];
  if (!format)
    throw new Unreadable(`constant '${name}' is of type ${TYPE_NAMES[type] ?? type}; export as float32 or float64`);
  if (field.integers(TENSOR.location)[0] === 1) return fromRaw(externalBytes(field, name, external), format, name);
  const raw = field.chunks(TENSOR.raw)[0];
  if (raw) return fromRaw(raw, format, name);
  if (type === 1) return fromRaw(field.bytes(TENSOR.floats), format, name);
  if (type === 11) return fromRaw(field.bytes(TENSOR.doubles), format, name);
  return Float64Array.from(field.integers(type === 7 ? TENSOR.ints64 : TENSOR.ints32));
}

function fromRaw(bytes: Uint8Array, format: (typeof TYPES)[number], name: string): Float64Array {
  if (bytes.length % format.bytes !== 0) throw new WireError(`constant '${name}' ends inside a number`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Float64Array.from({ length: bytes.length / format.bytes }, (_, i) => format.read(view, i * format.bytes));
}

function externalBytes(field: Message, name: string, external: ExternalData): Uint8Array {
  const entries = new Map(field.messages(TENSOR.external).map((entry) => [entry.text(1), entry.text(2)]));
  const location = entries.get('location') ?? '';
  const file = Object.hasOwn(external, location) ? external[location] : undefined;
  if (!file) {
    throw new Unreadable(
      `constant '${name}' is kept in a second file, '${location}'; pass that too, or export with external_data=False`,
    );
  }
  const offset = Number(entries.get('offset') ?? 0);
  const length = Number(entries.get('length') ?? file.length - offset);
  if (!(offset >= 0 && length >= 0 && offset + length <= file.length)) {
    throw new Unreadable(
      `constant '${name}' lies outside '${location}' (${file.length} bytes); the two files do not belong together`,
    );
  }
  return file.subarray(offset, offset + length);
}
