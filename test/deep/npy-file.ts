/** An npy file, version 1: a header of text, filled up to 64 bytes, then the numbers. */
export function npy(shape: readonly number[], type: '|u1' | '<i8' | '<f8', values: ArrayLike<number>): Uint8Array {
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const length = Math.ceil((text.length + 11) / 64) * 64 - 10;
  const head = [0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, length & 255, length >> 8];
  const padded = new TextEncoder().encode(`${text.padEnd(length - 1)}\n`);
  const list = Array.from(values);
  const numbers =
    type === '|u1'
      ? Uint8Array.from(list)
      : type === '<i8'
        ? new Uint8Array(BigInt64Array.from(list, BigInt).buffer)
        : new Uint8Array(Float64Array.from(list).buffer);
  return Uint8Array.from([...head, ...padded, ...numbers]);
}
