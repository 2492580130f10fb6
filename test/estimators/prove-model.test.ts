import { beforeAll, describe, expect, it } from 'vitest';
import {
  checkModelProof,
  createRandom,
  fitTable,
  type Model,
  type ModelProof,
  type ProofFile,
  parseTable,
  provableReason,
  proveModel,
  readProof,
  type Table,
  writeProof,
} from '../../src/index.js';

function csv(seed: number): Uint8Array {
  const random = createRandom(seed);
  const rows = Array.from({ length: 40 }, () => Array.from({ length: 7 }, () => random.normal().toFixed(3)).join(','));
  return new TextEncoder().encode(`a,b,c,d,e,f,y\n${rows.join('\n')}\n`);
}

const settings = { target: 'y', lambda: 0.05, testFraction: 0, threads: 1, patterns: 40 } as const;
let table: Table;
let model: Model;
let proof: ModelProof;
let file: ProofFile;
const kept: ProofFile[] = [];

beforeAll(async () => {
  table = await parseTable(csv(1), { name: 'data.csv' });
  ({ model } = await fitTable(table, settings));
  proof = await proveModel(model, table, { gap: 0.01, iterations: 150, onProof: (better) => void kept.push(better) });
  file = proof.file!;
});

describe('proveModel', () => {
  it('proves a bound below the objective, with a file that proves it again', async () => {
    expect(proof.primal).toBe(model.certificate.primal);
    expect(proof.bound).toBeGreaterThan(0.5 * proof.primal);
    expect(proof.bound).toBeLessThanOrEqual(proof.primal);
    expect(proof.gap).toBeCloseTo(1 - proof.bound / proof.primal, 12);
    expect(kept.at(-1)).toEqual(file);
    const bounds = kept.map(({ bound }) => bound);
    expect(bounds).toEqual([...bounds].sort((a, b) => a - b));
    const check = await checkModelProof(model, table, await readProof(await writeProof(file)));
    expect(check).toEqual({ accepted: true, reasons: [], bound: proof.bound, primal: proof.primal, gap: proof.gap });
  });

  it('goes on from a file, and stops at once where that is enough', async () => {
    const more = await proveModel(model, table, { gap: 0.01, iterations: 25, resume: file });
    expect(more.bound).toBeGreaterThanOrEqual(proof.bound);
    const enough = await proveModel(model, table, { gap: 1.01 * proof.gap, resume: file });
    expect(enough).toMatchObject({ status: 'solved', bound: proof.bound });
  });

  it('refuses what it does not cover, other data and bad options', async () => {
    const other = await parseTable(csv(2), { name: 'other.csv' });
    await expect(proveModel(model, other, { resume: file })).rejects.toThrow('about other data');
    const { model: gated } = await fitTable(table, { ...settings, activation: 'gated' });
    expect(provableReason(gated)).toContain('gated');
    await expect(proveModel(gated, table)).rejects.toThrow('gated');
    expect(provableReason({ ...model, objective: { ...model.objective, lambda: 0 } })).toContain('λ = 0');
    await expect(proveModel(model, table, { gap: 2 })).rejects.toThrow('gap');
    await expect(proveModel(model, table, { iterations: 0.5 })).rejects.toThrow('iterations');
    await expect(proveModel(model, table, { threads: 0 })).rejects.toThrow('threads');
    await expect(proveModel(model, table, { onProof: 1 as never })).rejects.toThrow('onProof');
  });
});

describe('checkModelProof', () => {
  it('rejects a proof beside a network that it does not cover', async () => {
    const { model: gated } = await fitTable(table, { ...settings, activation: 'gated' });
    expect(gated.objective).toEqual(model.objective);
    const check = await checkModelProof(gated, table, file);
    expect(check).toMatchObject({ accepted: false, bound: 0, gap: 1 });
    expect(check.reasons[0]).toContain('gated networks have no such proof');
  });

  it.each([
    ['the data', { dataDigest: 'x' }, 'about other data'],
    ['λ', { lambda: 0.06 }, 'for λ = 0.06, not 0.05'],
    ['the loss', { loss: 'huber' }, 'for the loss huber, not squared'],
    ['the output bias', { outputBias: false }, 'for other biases'],
    ['the hidden bias', { hiddenBias: true }, 'for other biases'],
    ['the bound', { bound: 1 }, 'the file names the bound 1, its numbers prove'],
  ])('rejects a file with another word about %s', async (_, part, reason) => {
    const check = await checkModelProof(model, table, { ...file, ...part });
    expect(check.accepted).toBe(false);
    expect(check.bound).toBe(0);
    expect(check.reasons.join(' ')).toContain(reason);
  });
});
