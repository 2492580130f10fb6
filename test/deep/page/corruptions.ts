import { corruptExamples, corruptionNames } from '../../../src/deep/data/corruptions/corrupt.js';

/** A smooth picture with an edge and some grain, of bytes. */
export function picture(channels: 1 | 3, size: number, grain = 30): number[] {
  return Array.from({ length: channels * size * size }, (_, k) => {
    const [c, i, j] = [Math.floor(k / size / size), Math.floor(k / size) % size, k % size];
    const ground = i + j > size ? 60 + 3 * i : 190 - 2 * j;
    return Math.max(0, Math.min(255, ground + 25 * c - 20 + ((k * 7919) % 97) * (grain / 97)));
  });
}

/** A check sum (FNV-1a) of one picture under every corruption at severity 3, by name. */
export function checkSums(): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [set, channels, size] of [
    ['mnist-c', 1, 28],
    ['cifar10-c', 3, 32],
  ] as const) {
    const x = Float32Array.from(picture(channels, size), (byte) => Math.round(byte) / 255);
    const one = { count: 1, input: [channels, size, size], outputs: 1, x, target: [0] };
    for (const name of corruptionNames(set)) {
      const changed = corruptExamples(one, { set, name, severity: 3, seed: 5 }).x as Float32Array;
      let sum = 0x811c9dc5;
      for (const byte of new Uint8Array(changed.buffer)) sum = Math.imul(sum ^ byte, 0x01000193);
      sums[`${set} ${name}`] = sum >>> 0;
    }
  }
  return sums;
}

(globalThis as { checkSums?: typeof checkSums }).checkSums = checkSums;
