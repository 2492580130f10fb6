import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../src/base/index.js';
import { parseTable, type Table } from '../../src/data/index.js';
import {
  fitParallelTable,
  type ParallelCertificate,
  type ParallelModel,
  parallelFromJson,
  parallelJsonSchema,
  parallelToJson,
  predictParallelTable,
  readParallelModel,
  verifyParallelModel,
  writeParallelModel,
} from '../../src/parallel/index.js';

const random = createRandom(9);
const lines = Array.from({ length: 45 }, () => Array.from({ length: 3 }, () => random.normal()).join(','));
const tableOf = (rows: readonly string[]): Promise<Table> =>
  parseTable(new TextEncoder().encode(`a,b,y\n${rows.join('\n')}\n`), { name: 'd.csv' });

let table: Table;
let model: ParallelModel;
let text: string;
beforeAll(async () => {
  table = await tableOf(lines);
  const options = { target: 'y', layers: 3, regularizer: 'path', lambda: 0.2, gap: 1e-3, threads: 1 } as const;
  model = (await fitParallelTable(table, options)).model;
  text = writeParallelModel(model);
});

const forged = async (claim: Partial<ParallelCertificate>): Promise<string> => {
  const { reasons } = await verifyParallelModel({ ...model, certificate: { ...model.certificate, ...claim } }, table);
  return reasons.join(' ');
};

describe('files of parallel models', () => {
  it('predict and verify after a round trip; a better claim is rejected', async () => {
    const again = readParallelModel(text, 'm.json');
    expect(again).toEqual(model);
    expect(writeParallelModel(again)).toBe(text);
    expect(predictParallelTable(again, table)).toEqual(predictParallelTable(model, table));
    expect(await verifyParallelModel(again, table)).toMatchObject({ accepted: true, reasons: [] });
    const { primal, dual } = model.certificate;
    expect(await forged({ primal: 0.9 * primal })).toMatch(/^the objective of the network is/);
    expect(await forged({ bound: primal * 1.01 })).toMatch(/^the lower bound .* exceeds/);
    expect(await forged({ dual: primal * 1.01 })).toMatch(/the dual value .* exceeds/);
    expect(await forged({ scope: 'exact' })).toMatch(/^the scope 'exact' cannot be derived, only 'priced'/);
    expect(await forged({ dual: 0.9 * dual, relativeGap: 1e-6 })).toMatch(/^the gap 0.000001 is not that/);
    const wide = { dual: 0.9 * dual, relativeGap: (primal - 0.9 * dual) / primal };
    expect(await forged({ ...wide, gap: 0 })).toMatch(/^the gap 0 is not primal − dual/);
    // the priced dual value is evidence: called a bound it claims to be proved
    expect(dual).toBeGreaterThan(model.certificate.bound * 1.01);
    expect(await forged({ scope: 'bound' })).toMatch(/^the dual value .* exceeds/);
    const other = await verifyParallelModel(model, await tableOf([...lines.slice(1), lines[0]]));
    expect(other.reasons[0]).toMatch(/^the table is not the one/);
  });

  it('verify with their scores; a better one of either part is rejected', async () => {
    const { train, test } = model.scores;
    for (const scores of [
      { train: { ...train, r2: train.r2 + 1e-3 }, test },
      { train, test: { ...test, rmse: 0 } },
      { train, test: null },
    ]) {
      const { accepted, reasons } = await verifyParallelModel({ ...model, scores }, table);
      expect(accepted).toBe(false);
      expect(reasons[0]).toMatch(/on the (training|test) rows is/);
    }
  });

  it('verify a claim over sampled patterns alone; a larger dual value is rejected', async () => {
    const few = await tableOf(lines.slice(0, 9));
    const options = { target: 'y', layers: 3, lambda: 0.02, patterns: 6, gap: 1e-4, threads: 1 } as const;
    const { model: sampled } = await fitParallelTable(few, options);
    const { certificate } = sampled;
    expect(certificate.scope).toBe('sampled');
    expect(certificate.dual).toBeGreaterThan(certificate.bound);
    expect(await verifyParallelModel(sampled, few)).toMatchObject({ accepted: true, reasons: [] });
    const claim = { ...certificate, dual: certificate.dual * 1.001 };
    const { reasons } = await verifyParallelModel({ ...sampled, certificate: claim }, few);
    expect(reasons[0]).toMatch(/^the dual value .* of the sampled patterns/);
  });

  it('verify the low-rank interval; a narrower one is rejected', async () => {
    const few = await tableOf(lines.slice(0, 9));
    const options = { target: 'y', layers: 3, lambda: 0.05, rank: 1, gap: 1e-3, threads: 1 } as const;
    const { model: low } = await fitParallelTable(few, options);
    const read = readParallelModel(writeParallelModel(low));
    expect(read).toEqual(low);
    expect(await verifyParallelModel(read, few)).toMatchObject({ accepted: true, reasons: [] });
    const interval = low.lowRank!;
    const judged = async (claim: Partial<typeof interval>): Promise<string> =>
      (await verifyParallelModel({ ...low, lowRank: { ...interval, ...claim } }, few)).reasons.join(' ');
    expect(await judged({ lower: interval.lower + 1e-4 })).toMatch(/^the lower end .* exceeds/);
    expect(await judged({ upper: 0.99 * interval.upper })).toMatch(/^the upper end .* is below the objective/);
    expect(await judged({ factor: 1 })).toMatch(/^the a-priori factor is/);
    expect(await judged({ tail: 0 })).toMatch(/^the tail is/);
  });

  it('of every length refuse to be read when cut off, in one line', () => {
    for (let k = 0; k < 40; k++) {
      const cut = text.slice(0, Math.floor((k * text.length) / 40));
      expect(() => readParallelModel(cut, 'm.json')).toThrow(
        /^m\.json: expected a relucent model file, but it is .*\.$/,
      );
    }
  });

  it('refuse other formats and newer versions', () => {
    const edited = (change: object): string => JSON.stringify({ ...JSON.parse(text), ...change });
    const message = (change: object): string => {
      try {
        readParallelModel(edited(change), 'm.json');
      } catch (error) {
        return (error as Error).message;
      }
      return '';
    };
    expect(message({ format: 'relucent-model' })).toBe(
      "m.json: expected a relucent model file (format 'relucent-parallel'), got format 'relucent-model'.",
    );
    expect(message({ formatVersion: 2 })).toMatch(
      /^m\.json: expected format version 1, got 2 .* install a newer relucent/,
    );
    expect(message({ problem: { ...model.problem, layers: 4 } })).toMatch(
      /^m\.json: problem: 4 layers take 2 widths, got 1/,
    );
    expect(message({ problem: { ...model.problem, skip: true } })).toMatch(/^m\.json: problem\.skip: expected false/);
    expect(message({ network: { ...parallelToJson(model.network), inputs: 3 } })).toMatch(
      /^m\.json: expected 3 weights/,
    );
    expect(message({ tieRule: 'x·g > 0 is active' })).toMatch(/^m\.json: tieRule: .*was edited/);
    expect(() => readParallelModel('[1]', 'm.json')).toThrow('got JSON without it');
    for (const strange of ['null', '3', '"x"'])
      expect(() => readParallelModel(strange, 'm.json')).toThrow(/^m\.json: /);
  });

  it('refuse any field left out, of another kind or unknown, in one line that names it', () => {
    const whole = JSON.parse(text);
    const optional = new Set(['certificate.search', 'choice']);
    for (const path of pathsOf(whole)) {
      for (const change of [undefined, 'text', { a: 1 }, Number.NaN]) {
        if (change === undefined && (optional.has(path.join('.')) || Array.isArray(at(whole, path.slice(0, -1)))))
          continue;
        const copy = structuredClone(whole);
        set(copy, path, change);
        const edited = JSON.stringify(copy);
        const same = JSON.stringify(JSON.parse(edited)) === JSON.stringify(whole);
        if (same || fits(path, change)) continue;
        expect(() => readParallelModel(edited, 'm.json'), path.join('.')).toThrow(/^m\.json: [^\n]*\.$/);
      }
    }
    expect(() => readParallelModel(JSON.stringify({ ...whole, extra: 1 }), 'm.json')).toThrow(/extra/);
  });

  it('follow the published schema', () => {
    const published = JSON.parse(readFileSync(new URL('../../schema/parallel.schema.json', import.meta.url), 'utf8'));
    expect(published).toEqual(JSON.parse(JSON.stringify(parallelJsonSchema())));
  });

  it('that no file can hold are not written', () => {
    const bad = { ...model, certificate: { ...model.certificate, primal: Number.NaN } };
    expect(() => writeParallelModel(bad)).toThrow(/^writeParallelModel: certificate\.primal: /);
  });
});

describe('networks alone', () => {
  it('refuse what is no network, in one line', () => {
    const json = parallelToJson(model.network);
    const read = (value: unknown): unknown => parallelFromJson(value as typeof json, 'n.json');
    expect(read(JSON.parse(JSON.stringify(json)))).toEqual(model.network);
    expect(() => read({ ...json, layers: 'three' })).toThrow(
      /^n\.json: layers: expected .*; expected a parallel network\.$/,
    );
    expect(() => read(null)).toThrow(/^n\.json: /);
    expect(() => read({ ...json, subnetworks: [{ ...json.subnetworks[0], output: 1 }] })).toThrow(
      'feeds output 1 of 1',
    );
  });
});

type Path = readonly (string | number)[];

/** Of every value in some JSON; of long lists the first entry. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  const own = path.length === 0 ? [] : [path];
  if (typeof value !== 'object' || value === null) return own;
  const keys = Array.isArray(value) ? (value.length > 0 ? [0] : []) : Object.keys(value);
  return [...own, ...keys.flatMap((key) => pathsOf((value as Record<string | number, unknown>)[key], [...path, key]))];
}

const at = (value: unknown, path: Path): unknown =>
  path.reduce((inner, key) => (inner as Record<string | number, unknown>)[key], value);

function set(value: unknown, path: Path, change: unknown): void {
  (at(value, path.slice(0, -1)) as Record<string | number, unknown>)[path[path.length - 1]] = change;
}

/** Names may be any text; scores may be null (NaN), and their names any. */
function fits(path: Path, change: unknown): boolean {
  const name = path.join('.');
  if (/^scores\.(train|test)$/.test(name) && typeof change === 'object') return true;
  if (/^scores\.(train|test)\.\w+$/.test(name)) return change === undefined || Number.isNaN(change);
  if (name === 'scores.test' || name === 'lowRank') return Number.isNaN(change);
  const texts =
    /^(version|dataDigest|preprocessing\.(target\.name|columns\.\d+\.name|features\.\d+|columns\.\d+\.reason))$/;
  return texts.test(name) && typeof change === 'string';
}
