/** The command as one would type it: what differs from its defaults. */
export function typed(name: string, data: string, options: object): string {
  const { target, output, report, picture, ...rest } = options as Record<string, unknown>;
  const ordered = { target, ...rest, output, picture, report };
  const parts = Object.entries(ordered).flatMap(([key, value]) => flagOf(key, value));
  return ['relucent', name, quoted(data), ...parts].join(' ');
}

const usual: Readonly<Record<string, unknown>> = {
  task: 'auto',
  activation: 'relu',
  loss: 'auto',
  patterns: 'auto',
  threads: 'auto',
  measure: 'auto',
  standardize: true,
  outputBias: true,
};

function flagOf(key: string, value: unknown): string[] {
  const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  if (value === undefined || value === usual[key] || key === 'resume' || key === 'quiet' || key === 'json') return [];
  if (value === true) return [flag];
  if (value === false) return [`--no-${flag.slice(2)}`];
  if (key === 'timeLimit') return [flag, `${String(value)}s`];
  return [
    flag,
    quoted(Array.isArray(value) ? value.map((part) => String(part).replaceAll(',', '\\,')).join(',') : String(value)),
  ];
}

export const quoted = (text: string): string =>
  /^[\w./,=+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
