/**
 * JSON with one line per element of a list of objects and one per key above it; lists of numbers stay on their line.
 * Unlike JSON.stringify it keeps the sign of −0.
 */
export function formatJson(value: unknown, indent = ''): string {
  const inner = `${indent}  `;
  if (Array.isArray(value) && value.some(isObject)) {
    return `[\n${value.map((item) => inner + compact(item)).join(',\n')}\n${indent}]`;
  }
  if (isObject(value) && (indent === '' || Object.values(value).some(Array.isArray))) {
    const lines = entriesOf(value).map(([key, item]) => `${inner}${JSON.stringify(key)}: ${formatJson(item, inner)}`);
    return `{\n${lines.join(',\n')}\n${indent}}`;
  }
  return compact(value);
}

type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const entriesOf = (value: JsonObject): [string, unknown][] =>
  Object.entries(value).filter(([, item]) => item !== undefined);

function compact(value: unknown): string {
  if (Object.is(value, -0)) return '-0';
  if (Array.isArray(value)) return `[${value.map(compact).join(', ')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  return `{${entriesOf(value)
    .map(([key, item]) => `${JSON.stringify(key)}: ${compact(item)}`)
    .join(', ')}}`;
}
