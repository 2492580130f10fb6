import { RelucentError } from '../../base/index.js';
import type { Tensors } from '../network/parameters.js';
import { type Numbers, newNumbers, type Precision } from '../onnx/index.js';
import type { StepState } from '../step/stepper.js';

/** First bytes of the file: its kind and version. */
const MAGIC = 'relucent-deep-state-1\n';

interface Header {
  readonly precision: Precision;
  readonly steps: number;
  readonly powers: readonly [number, number];
  readonly tensors: readonly {
    readonly set: 'weights' | 'optimiser';
    readonly name: string;
    readonly length: number;
  }[];
}

const precisionOf = (values: Numbers): Precision => (values instanceof Float64Array ? 'float64' : 'float32');

/** The state as bytes: one line that names the kind, one line of JSON, the numbers little-endian. */
export function encodeState({ steps, powers, weights, optimiser }: StepState): Uint8Array {
  const entries = (['weights', 'optimiser'] as const).flatMap((set) =>
    Object.entries(set === 'weights' ? weights : optimiser).map(([name, values]) => ({ set, name, values })),
  );
  const precision = precisionOf(entries[0].values);
  const tensors = entries.map(({ set, name, values }) => ({ set, name, length: values.length }));
  const header: Header = { precision, steps, powers: [...powers] as [number, number], tensors };
  const text = new TextEncoder().encode(`${MAGIC}${JSON.stringify(header)}\n`);
  const size = precision === 'float64' ? 8 : 4;
  const total = entries.reduce((sum, { values }) => sum + values.length, 0);
  const bytes = new Uint8Array(text.length + size * total);
  bytes.set(text);
  const view = new DataView(bytes.buffer, text.length);
  let at = 0;
  for (const { values } of entries)
    for (const value of values) {
      if (size === 8) view.setFloat64(at, value, true);
      else view.setFloat32(at, value, true);
      at += size;
    }
  return bytes;
}

function headerOf(bytes: Uint8Array, name: string): { header: Header; start: number } {
  const end = bytes.indexOf(10, MAGIC.length);
  const isState = new TextDecoder().decode(bytes.subarray(0, MAGIC.length)) === MAGIC && end > 0;
  if (!isState)
    throw new RelucentError('model', `${name}: expected the state of a deep run, got another kind of file.`);
  return { header: JSON.parse(new TextDecoder().decode(bytes.subarray(MAGIC.length, end))), start: end + 1 };
}

/** The state that `encodeState` wrote. Throws `model` for other or damaged files, naming `name`. */
export function decodeState(bytes: Uint8Array, name = 'state file'): StepState {
  const { header, start } = headerOf(bytes, name);
  const { precision, steps, powers, tensors } = header;
  const size = precision === 'float64' ? 8 : 4;
  const expected = start + size * tensors.reduce((sum, { length }) => sum + length, 0);
  if (bytes.length !== expected) {
    throw new RelucentError(
      'model',
      `${name}: expected ${expected} bytes, got ${bytes.length}; take the last whole one.`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + start);
  const sets = { weights: {} as Record<string, Numbers>, optimiser: {} as Record<string, Numbers> };
  let at = 0;
  for (const { set, name: tensor, length } of tensors) {
    const read = (i: number): number =>
      size === 8 ? view.getFloat64(at + 8 * i, true) : view.getFloat32(at + 4 * i, true);
    sets[set][tensor] = newNumbers(precision, length).map((_, i) => read(i));
    at += size * length;
  }
  return { steps, powers, weights: sets.weights as Tensors, optimiser: sets.optimiser as Tensors };
}
