import { type Choices, fields } from './choices.js';
import { readFields, writeFields } from './fields.js';

/** A link longer than this is cut by chat programs and servers. */
const longest = 60_000;

/** The part of a link after #: the choices, and an own table as compressed CSV. Null when the table is too large for a link. */
export async function writeLink(choices: Choices, csv: string | null): Promise<string | null> {
  const query = writeFields(fields, choices);
  if (csv !== null) query.set('data', await packed(csv));
  const text = query.toString();
  return text.length > longest ? null : text;
}

export interface Link {
  readonly choices: Choices;
  readonly csv: string | null;
  /** A file beside the page to load: `relucent studio data.csv` serves one. */
  readonly file: string | null;
  readonly wrong: readonly string[];
}

export async function readLink(text: string): Promise<Link> {
  const query = new URLSearchParams(text);
  const { choices, wrong } = readFields(fields, query);
  const data = query.get('data');
  const csv = data === null ? null : await unpacked(data).catch(() => null);
  if (data !== null && csv === null) wrong.push('data');
  return { choices, csv, file: query.get('file'), wrong };
}

async function through(
  bytes: Uint8Array<ArrayBuffer>,
  step: CompressionStream | DecompressionStream,
): Promise<Uint8Array> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(step)).arrayBuffer());
}

async function packed(text: string): Promise<string> {
  const bytes = await through(new TextEncoder().encode(text), new CompressionStream('deflate-raw'));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

async function unpacked(text: string): Promise<string> {
  const letters = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  return new TextDecoder().decode(await through(bytes, new DecompressionStream('deflate-raw')));
}
