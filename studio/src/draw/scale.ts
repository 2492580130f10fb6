/** From data to pixels and back. */
export interface Scale {
  readonly domain: readonly [number, number];
  readonly range: readonly [number, number];
  (value: number): number;
  back(pixel: number): number;
}

export function linear(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const slope = (range[1] - range[0]) / (domain[1] - domain[0] || 1);
  const to = (value: number): number => range[0] + (value - domain[0]) * slope;
  return Object.assign(to, { domain, range, back: (pixel: number) => domain[0] + (pixel - range[0]) / slope });
}

export function logarithmic(domain: readonly [number, number], range: readonly [number, number]): Scale {
  const inner = linear([Math.log10(domain[0]), Math.log10(domain[1])], range);
  const to = (value: number): number => inner(Math.log10(Math.max(value, Number.MIN_VALUE)));
  return Object.assign(to, { domain, range, back: (pixel: number) => 10 ** inner.back(pixel) });
}

/** Least and largest with a margin. */
export function extentOf(values: Iterable<number>, margin = 0.1): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (!(low <= high)) return [-1, 1];
  const space = high > low ? margin * (high - low) : Math.max(0.5, Math.abs(high) * 0.1);
  return [low - space, high + space];
}

/** Round numbers inside the domain, at most `most`. */
export function ticksOf([low, high]: readonly [number, number], most: number): number[] {
  const rough = (high - low) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((k) => k * power).find((size) => size >= rough) ?? rough;
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, k) => Number(((first + k) * step).toPrecision(12)));
}

export const tickText = (value: number): string => {
  const size = Math.abs(value);
  const text = size !== 0 && (size >= 1e5 || size < 1e-4) ? value.toExponential(0) : String(value);
  return text.replace('-', '−');
};
