import type { Matrix } from '../linalg/index.js';

/**
 * 64-bit FNV-1a hash of a matrix and its target, as 16 hexadecimal digits: over rows, cols, X (row-major) and y, each as
 * the eight bytes of a little-endian float64. It recognises data; it is no protection against forgery.
 */
export function digest(X: Matrix, y: Float64Array): string {
  const hash = new Fnv64();
  hash.add(Float64Array.of(X.rows, X.cols));
  hash.add(X.data);
  hash.add(y);
  return hash.hex();
}

/** The hash in four 16-bit parts, lowest first: products then stay exact without BigInt. The prime is 2^40 + 0x1b3. */
class Fnv64 {
  #a = 0x2325;
  #b = 0x8422;
  #c = 0x9ce4;
  #d = 0xcbf2;

  add(values: Float64Array): void {
    let [a, b, c, d] = [this.#a, this.#b, this.#c, this.#d];
    const bytes = littleEndianBytes(values);
    for (let k = 0; k < bytes.length; k++) {
      a ^= bytes[k];
      const low = a * 0x1b3;
      const second = b * 0x1b3 + (low >>> 16);
      const third = c * 0x1b3 + (a << 8) + (second >>> 16);
      d = (d * 0x1b3 + (b << 8) + (third >>> 16)) & 0xffff;
      a = low & 0xffff;
      b = second & 0xffff;
      c = third & 0xffff;
    }
    [this.#a, this.#b, this.#c, this.#d] = [a, b, c, d];
  }

  hex(): string {
    return [this.#d, this.#c, this.#b, this.#a].map((part) => part.toString(16).padStart(4, '0')).join('');
  }
}

const littleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

function littleEndianBytes(values: Float64Array): Uint8Array {
  if (littleEndian) return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const view = new DataView(new ArrayBuffer(values.byteLength));
  values.forEach((value, i) => {
    view.setFloat64(8 * i, value, true);
  });
  return new Uint8Array(view.buffer);
}
