import { RelucentError } from '../../base/index.js';
import { type Examples, oneHot } from './examples.js';

/** One label, then 32 × 32 red, green and blue pixels. */
const RECORD = 1 + 3 * 32 * 32;

/**
 * The binary files of CIFAR-10 (`data_batch_1.bin`, …), one after another, as examples [3, 32, 32] with pixels in [0, 1].
 * Throws `data` for other files, naming `name`.
 */
export function cifarExamples(files: readonly Uint8Array[], name = 'CIFAR-10 file'): Examples {
  const wrong = files.find((file) => file.length === 0 || file.length % RECORD !== 0);
  if (wrong) {
    throw new RelucentError(
      'data',
      `${name}: expected records of ${RECORD} bytes, got ${wrong.length} bytes; use the binary version of CIFAR-10.`,
    );
  }
  const count = files.reduce((sum, file) => sum + file.length / RECORD, 0);
  const labels = new Uint8Array(count);
  const x = new Float32Array(count * (RECORD - 1));
  let row = 0;
  for (const file of files)
    for (let at = 0; at < file.length; at += RECORD, row++) {
      labels[row] = file[at];
      for (let k = 1; k < RECORD; k++) x[row * (RECORD - 1) + k - 1] = file[at + k] / 255;
    }
  return { count, input: [3, 32, 32], outputs: 10, x, target: oneHot(labels, 10) };
}
