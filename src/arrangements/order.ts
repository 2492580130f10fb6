/**
 * The order that sorts the keys ascending, equal ones by index: merge sort on typed arrays, several times faster than
 * a sort with a comparison function, which the circle searches spend most of their time in otherwise.
 */
export function ascendingOrder(keys: Float64Array): Int32Array {
  const n = keys.length;
  let from = new Int32Array(n);
  let to = new Int32Array(n);
  for (let i = 0; i < n; i++) from[i] = i;
  sortRuns(keys, from);
  for (let width = RUN; width < n; width *= 2) {
    for (let start = 0; start < n; start += 2 * width) merge(keys, from, to, start, start + width, start + 2 * width);
    [from, to] = [to, from];
  }
  return from;
}

const RUN = 8;

/** Insertion sort of every run of eight. */
function sortRuns(keys: Float64Array, order: Int32Array): void {
  for (let i = 0; i < order.length; i++) {
    const value = order[i];
    const first = i - (i % RUN);
    let j = i;
    for (; j > first && keys[order[j - 1]] > keys[value]; j--) order[j] = order[j - 1];
    order[j] = value;
  }
}

function merge(
  keys: Float64Array,
  from: Int32Array,
  to: Int32Array,
  start: number,
  middle: number,
  stop: number,
): void {
  const leftEnd = Math.min(middle, keys.length);
  const end = Math.min(stop, keys.length);
  let left = start;
  let right = leftEnd;
  for (let k = start; k < end; k++) {
    const takeLeft = left < leftEnd && (right >= end || keys[from[left]] <= keys[from[right]]);
    to[k] = takeLeft ? from[left++] : from[right++];
  }
}
