export type Corner = readonly [number, number];
export type Line = readonly [a: number, b: number, c: number];

/** The part of a polygon where a·x + b·y + c ≥ 0. */
export function cut(polygon: readonly Corner[], [a, b, c]: Line): Corner[] {
  const height = ([x, y]: Corner): number => a * x + b * y + c;
  return polygon.flatMap((p, i) => {
    const q = polygon[(i + 1) % polygon.length];
    const [hp, hq] = [height(p), height(q)];
    const kept = hp >= 0 ? [p] : [];
    if (hp >= 0 === hq >= 0) return kept;
    const t = hp / (hp - hq);
    return [...kept, [p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])] as const];
  });
}

export const box = (x: readonly [number, number], y: readonly [number, number]): Corner[] => [
  [x[0], y[0]],
  [x[1], y[0]],
  [x[1], y[1]],
  [x[0], y[1]],
];

/** The cell of the arrangement of the lines that holds a place, inside a box. */
export const cellAt = (lines: readonly Line[], [x, y]: Corner, outside: readonly Corner[]): Corner[] =>
  lines.reduce<Corner[]>(
    (cell, [a, b, c]) => (a * x + b * y + c >= 0 ? cut(cell, [a, b, c]) : cut(cell, [-a, -b, -c])),
    [...outside],
  );

/** Where the line crosses the box; null where it misses. */
export function segment(line: Line, outside: readonly Corner[]): [Corner, Corner] | null {
  const [a, b, c] = line;
  const hits: Corner[] = [];
  outside.forEach((p, i) => {
    const q = outside[(i + 1) % outside.length];
    const [hp, hq] = [a * p[0] + b * p[1] + c, a * q[0] + b * q[1] + c];
    if (hp >= 0 === hq >= 0) return;
    const t = hp / (hp - hq);
    hits.push([p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])]);
  });
  return hits.length === 2 ? [hits[0], hits[1]] : null;
}

/** Segments of the zero line of grid values (cols×rows, row-major), in grid coordinates: x1, y1, x2, y2 each. */
export function zeroLine(values: Float64Array, cols: number, rows: number): number[] {
  const out: number[] = [];
  const cross = (p: number, q: number): number => values[p] / (values[p] - values[q]);
  for (let j = 0; j + 1 < rows; j++) {
    for (let i = 0; i + 1 < cols; i++) {
      const [p00, p10, p01, p11] = [j * cols + i, j * cols + i + 1, (j + 1) * cols + i, (j + 1) * cols + i + 1];
      const at: number[] = [];
      if (values[p00] >= 0 !== values[p10] >= 0) at.push(i + cross(p00, p10), j);
      if (values[p10] >= 0 !== values[p11] >= 0) at.push(i + 1, j + cross(p10, p11));
      if (values[p01] >= 0 !== values[p11] >= 0) at.push(i + cross(p01, p11), j + 1);
      if (values[p00] >= 0 !== values[p01] >= 0) at.push(i, j + cross(p00, p01));
      if (at.length >= 4) out.push(at[0], at[1], at[2], at[3]);
      if (at.length === 8) out.push(at[4], at[5], at[6], at[7]);
    }
  }
  return out;
}
