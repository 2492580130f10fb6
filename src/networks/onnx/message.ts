import { concatBytes, decodeMessage, WireError, type WireField } from './protobuf.js';

/** A decoded message, its fields by number. */
export class Message {
  readonly #fields: readonly WireField[];
  constructor(bytes: Uint8Array) {
    this.#fields = decodeMessage(bytes);
  }

  #values(number: number): (bigint | Uint8Array)[] {
    return this.#fields.filter((field) => field.number === number).map((field) => field.value);
  }

  /** All length-delimited values of a field. */
  chunks(number: number): Uint8Array[] {
    return this.#values(number).map((value) => {
      if (typeof value === 'bigint') throw new WireError(`field ${number} holds a number where bytes belong`);
      return value;
    });
  }

  messages(number: number): Message[] {
    return this.chunks(number).map((bytes) => new Message(bytes));
  }

  message(number: number): Message | undefined {
    return this.messages(number)[0];
  }

  texts(number: number): string[] {
    return this.chunks(number).map((bytes) => new TextDecoder().decode(bytes));
  }

  text(number: number): string {
    return this.texts(number)[0] ?? '';
  }

  /** All bytes of a repeated fixed-size field, packed or not. */
  bytes(number: number): Uint8Array {
    return concatBytes(this.chunks(number));
  }

  floats(number: number): number[] {
    const bytes = this.bytes(number);
    if (bytes.length % 4 !== 0) throw new WireError(`field ${number} holds half a float`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    return Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
  }

  /** All signed integers of a repeated varint field, packed or not. */
  integers(number: number): number[] {
    return this.#values(number).flatMap((value) =>
      (typeof value === 'bigint' ? [value] : unpackVarints(value)).map(signed),
    );
  }
}

const signed = (value: bigint): number => Number(BigInt.asIntN(64, value));

function unpackVarints(bytes: Uint8Array): bigint[] {
  const values: bigint[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of bytes) {
    value |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (byte < 128) {
      values.push(value);
      value = 0n;
      shift = 0n;
    } else if (shift > 63n) throw new WireError('a number runs over 10 bytes');
  }
  if (shift !== 0n) throw new WireError('it ends inside a number');
  return values;
}
