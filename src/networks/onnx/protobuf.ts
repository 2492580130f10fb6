/**
 * The part of the protocol buffers wire format that ONNX needs. Messages are lists of fields: a field is its number and
 * a value; bytes, strings and messages are length-delimited.
 */
export type Field = readonly [
  number,
  bigint | number | string | Uint8Array | Float32Single | readonly Field[] | undefined,
];

/** A 32-bit float field (numbers are written as varints). */
export class Float32Single {
  constructor(readonly value: number) {}
}

const encoder = new TextEncoder();

/** The bytes of a message; fields with an undefined value are left out. */
export function encodeMessage(fields: readonly Field[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [number, value] of fields) if (value !== undefined) parts.push(...encodeField(number, value));
  return concatBytes(parts);
}

function encodeField(number: number, value: NonNullable<Field[1]>): Uint8Array[] {
  if (typeof value === 'number' || typeof value === 'bigint') return [varint(number << 3), varint(value)];
  if (value instanceof Float32Single) return [varint((number << 3) | 5), float32Bytes(value.value)];
  const bytes =
    typeof value === 'string' ? encoder.encode(value) : value instanceof Uint8Array ? value : encodeMessage(value);
  return [varint((number << 3) | 2), varint(bytes.length), bytes];
}

function varint(value: number | bigint): Uint8Array {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Uint8Array.from([...bytes, Number(rest)]);
}

function float32Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return bytes;
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Damage found while decoding; the reader turns it into one line that names the file. */
export class WireError extends Error {}

/** One decoded field: varints and fixed 64-bit values as bigint, the rest as bytes (views). */
export interface WireField {
  readonly number: number;
  readonly value: bigint | Uint8Array;
}

/** The fields of a message in file order. Throws WireError for damaged bytes. */
export function decodeMessage(bytes: Uint8Array): WireField[] {
  const fields: WireField[] = [];
  let at = 0;
  const readVarint = (): bigint => {
    let result = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      if (at >= bytes.length) throw new WireError('it ends inside a number');
      const byte = bytes[at++];
      result |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, result);
    }
    throw new WireError('a number runs over 10 bytes');
  };
  const take = (length: bigint): Uint8Array => {
    if (length > BigInt(bytes.length - at)) throw new WireError('it ends inside a field');
    const start = at;
    at += Number(length);
    return bytes.subarray(start, at);
  };
  const readValue = (wire: number): bigint | Uint8Array => {
    if (wire === 0) return readVarint();
    if (wire === 1) return take(8n);
    if (wire === 2) return take(readVarint());
    if (wire === 5) return take(4n);
    throw new WireError(`wire type ${wire} is none that ONNX uses`);
  };
  while (at < bytes.length) {
    const key = readVarint();
    const number = Number(key >> 3n);
    if (number === 0) throw new WireError('field number 0');
    fields.push({ number, value: readValue(Number(key & 7n)) });
  }
  return fields;
}
