/** How one value of the state stands in a link. */
export interface Field<T> {
  readonly key: string;
  readonly initial: T;
  write(value: T): string;
  /** The value, or null for text that is none. */
  read(text: string): T | null;
}

export const oneOf = <T extends string>(key: string, values: readonly T[], initial: T): Field<T> => ({
  key,
  initial,
  write: (value) => value,
  read: (text) => values.find((value) => value === text) ?? null,
});

export const numberBetween = (
  key: string,
  low: number,
  high: number,
  initial: number,
  whole = false,
): Field<number> => ({
  key,
  initial,
  write: String,
  read: (text) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    return value >= low && value <= high && (!whole || Number.isInteger(value)) ? value : null;
  },
});

export const flag = (key: string, initial: boolean): Field<boolean> => ({
  key,
  initial,
  write: (value) => (value ? '1' : '0'),
  read: (text) => (text === '1' ? true : text === '0' ? false : null),
});

export const words = (key: string): Field<string> => ({
  key,
  initial: '',
  write: (text) => text,
  read: (text) => text,
});

type Fields<C> = { readonly [K in keyof C]: Field<C[K]> };

export function initialOf<C extends object>(fields: Fields<C>): C {
  return Object.fromEntries(entries(fields).map(([name, field]) => [name, field.initial])) as C;
}

/** What differs from the start, as the query of a link. */
export function writeFields<C extends object>(fields: Fields<C>, choices: C): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, field] of entries(fields)) {
    if (choices[name] !== field.initial) query.set(field.key, field.write(choices[name]));
  }
  return query;
}

/** The choices of a link; `wrong` names what in it could not be read. */
export function readFields<C extends object>(
  fields: Fields<C>,
  query: URLSearchParams,
): { choices: C; wrong: string[] } {
  const choices = initialOf(fields);
  const wrong: string[] = [];
  for (const [name, field] of entries(fields)) {
    const text = query.get(field.key);
    if (text === null) continue;
    const value = field.read(text);
    if (value === null) wrong.push(`${field.key}=${text}`);
    else choices[name] = value;
  }
  return { choices, wrong };
}

const entries = <C extends object>(fields: Fields<C>): [keyof C, Field<C[keyof C]>][] =>
  Object.entries(fields) as unknown as [keyof C, Field<C[keyof C]>][];
