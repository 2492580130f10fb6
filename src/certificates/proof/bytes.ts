/** Arrays of numbers as base64 text of their little-endian bytes, and back; null for text that is none. */

const chunk = 0x8000;

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += chunk) text += String.fromCharCode(...bytes.subarray(at, at + chunk));
  return btoa(text);
}

function fromBase64(text: string): Uint8Array | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return null;
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

export function doublesToText(values: Float64Array): string {
  const view = new DataView(new ArrayBuffer(8 * values.length));
  values.forEach((value, i) => {
    view.setFloat64(8 * i, value, true);
  });
  return toBase64(new Uint8Array(view.buffer));
}

export function doublesFromText(text: string): Float64Array | null {
  const view = viewOf(text, 8);
  return view && Float64Array.from({ length: view.byteLength / 8 }, (_, i) => view.getFloat64(8 * i, true));
}

/** Numbers that single precision holds: rounded to it otherwise. */
export function singlesToText(values: Float64Array): string {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => {
    view.setFloat32(4 * i, value, true);
  });
  return toBase64(new Uint8Array(view.buffer));
}

export function singlesFromText(text: string): Float64Array | null {
  const view = viewOf(text, 4);
  return view && Float64Array.from({ length: view.byteLength / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

function viewOf(text: string, width: number): DataView | null {
  const bytes = fromBase64(text);
  return bytes === null || bytes.length % width !== 0 ? null : new DataView(bytes.buffer, 0, bytes.length);
}

/** Ascending places as their differences, seven bits a byte, the last byte of each below 128. */
export function placesToText(places: Uint32Array): string {
  const bytes: number[] = [];
  let last = 0;
  for (const place of places) {
    let step = place - last;
    last = place;
    for (; step >= 128; step = Math.floor(step / 128)) bytes.push(128 + (step % 128));
    bytes.push(step);
  }
  return toBase64(Uint8Array.from(bytes));
}

export function placesFromText(text: string): Uint32Array | null {
  const bytes = fromBase64(text);
  if (bytes === null) return null;
  const places: number[] = [];
  let [last, step, unit] = [0, 0, 1];
  for (const byte of bytes) {
    step += (byte % 128) * unit;
    unit *= 128;
    if (byte >= 128) continue;
    last += step;
    if (!(last < 2 ** 32)) return null;
    places.push(last);
    [step, unit] = [0, 1];
  }
  return unit === 1 ? Uint32Array.from(places) : null;
}
