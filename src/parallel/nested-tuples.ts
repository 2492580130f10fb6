/** Bounds of each cell's share in a tuple, by its sign. */
export interface TupleValues {
  readonly plus: Float64Array;
  readonly minus: Float64Array;
}

/** A cell below a unit, and the sign of its connection. */
export interface Signed {
  readonly index: number;
  readonly sign: 1 | -1;
}

/** The order of children is none: tuples are sorted. One positive sign at least, or the unit is never active. */
export function* signedTuples(cells: number, width: number): Generator<Signed[]> {
  const tuple: Signed[] = [];
  function* extend(from: number): Generator<Signed[]> {
    if (tuple.length === width) {
      if (tuple.some(({ sign }) => sign > 0)) yield tuple.slice();
      return;
    }
    for (let k = from; k < 2 * cells; k++) {
      tuple.push({ index: k >> 1, sign: k % 2 === 0 ? 1 : -1 });
      yield* extend(k);
      tuple.pop();
    }
  }
  yield* extend(0);
}

/** The tuples that no share bounds by 1. */
export function* tuplesAbove(values: readonly TupleValues[], cells: number, width: number): Generator<Signed[]> {
  const most = values.map(({ plus, minus }) => {
    const largest = Math.max(0, ...plus, ...minus);
    return largest * largest;
  });
  const tuple: Signed[] = [];
  const sums = values.map(() => 0);
  const hopeless = (): boolean => {
    const open = width - tuple.length;
    return sums.some((sum, t) => Math.sqrt(sum + open * most[t]) * (1 + 1e-14) <= 1);
  };
  function* extend(from: number): Generator<Signed[]> {
    if (hopeless()) return;
    if (tuple.length === width) {
      if (tuple.some(({ sign }) => sign > 0)) yield tuple.slice();
      return;
    }
    for (let k = from; k < 2 * cells; k++) {
      const next: Signed = { index: k >> 1, sign: k % 2 === 0 ? 1 : -1 };
      const before = sums.slice();
      values.forEach(({ plus, minus }, t) => {
        const v = (next.sign > 0 ? plus : minus)[next.index];
        sums[t] += v * v;
      });
      tuple.push(next);
      yield* extend(k);
      tuple.pop();
      before.forEach((sum, t) => {
        sums[t] = sum;
      });
    }
  }
  yield* extend(0);
}
