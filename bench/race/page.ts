/** Pieces of peers.md. */
export function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const rule = head.map((_, at) => (at === 0 ? '---' : '---:'));
  return [head, rule, ...body].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export const number = (value: number | null | undefined, digits = 3): string =>
  value === null || value === undefined ? '–' : `${Number(value.toPrecision(digits))}`;

export const power = (value: number): string =>
  value === 0 ? '0' : `${value < 0 ? '−' : ''}${Math.abs(value).toExponential(1)}`;

/** The commits and the loads that rows were measured at. */
export function circumstances(rows: readonly { readonly commit: string; readonly load: number }[]): string {
  const commits = [...new Set(rows.map(({ commit }) => commit))];
  const loads = rows.map(({ load }) => load);
  return `Sources of commit ${commits.join(', ')}; load average ${Math.min(...loads)} to ${Math.max(...loads)} while it was measured.`;
}
