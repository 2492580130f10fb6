import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../src/base/index.js';
import { dualValue, trainingProblem } from '../../../src/certificates/index.js';
import { isDefinite } from '../../../src/certificates/proof/definite.js';
import { sumsToZero } from '../../../src/certificates/proof/exact-sum.js';
import { sideForm } from '../../../src/certificates/proof/form.js';
import {
  checkProof,
  type LineCombinations,
  type Pairs,
  type Proof,
  type ProofFile,
  type ProofSide,
  readProof,
  writeProof,
} from '../../../src/certificates/proof/index.js';
import { doubledForm } from '../../../src/certificates/proof/lines.js';
import { semidefiniteLowerBound } from '../../../src/certificates/semidefinite/index.js';
import { fit } from '../../../src/index.js';
import { matrix } from '../../../src/linalg/index.js';
import { bends, bentMatrix, bentProblem } from '../semidefinite/helpers.js';

const random = createRandom(31);
const problem = bentProblem('general', 12, 2, random);
const about = { dataDigest: 'd', loss: 'squared', lambda: problem.lambda, outputBias: true, hiddenBias: false };
const found = await semidefiniteLowerBound(problem, { iterations: 300, every: 50 });
const file: ProofFile = { ...about, ...found.kept! };

async function optimum(): Promise<number> {
  const { X, y, lambda } = problem;
  return (await fit(X, y, { lambda, loss: 'squared', patterns: 'exact', gap: 1e-9, threads: 1 })).certificate.primal;
}

describe('checkProof', () => {
  it('accepts a sound proof, and its file', async () => {
    expect(found.value).toBeGreaterThan(0);
    expect(file.proof.combinations.count).toBeGreaterThan(0);
    expect(checkProof(problem, file.proof)).toEqual({ accepted: true, value: found.value });
    const text = writeProof(file);
    const { state, ...back } = readProof(text);
    const { state: kept, ...rest } = file;
    expect(back).toEqual(rest);
    expect(state).toMatchObject({ iterations: kept!.iterations, penalty: kept!.penalty, scale: kept!.scale });
    expect(writeProof(readProof(text))).toBe(text);
    expect(found.value).toBeLessThanOrEqual(await optimum());
  });

  it('never lets changed numbers prove more than the optimum', async () => {
    const best = await optimum();
    let accepted = 0;
    for (let trial = 0; trial < 400; trial++) {
      const size = 10 ** (-9 * random.uniform());
      const share = random.uniform();
      const change = (x: number): number =>
        random.uniform() < share ? x * (1 + size * random.normal()) + 1e-3 * size * random.normal() : x;
      const proof = changed(file.proof, change, trial % 3 === 0);
      const verdict = checkProof(problem, proof);
      if (!verdict.accepted) continue;
      accepted++;
      expect(verdict.value).toBeLessThanOrEqual(best * (1 + 1e-9));
    }
    expect(accepted).toBeGreaterThan(10);
    expect(accepted).toBeLessThan(390);
  });

  it('does not let t grow', () => {
    const proof = { ...file.proof, t: file.proof.t.map((x) => x * 1.001) };
    expect(checkProof(problem, proof).accepted).toBe(false);
  });

  it.each([
    ['a shorter t', (p: Proof) => ({ ...p, t: p.t.slice(1) }), 'expected 12'],
    ['NaN in t', (p: Proof) => ({ ...p, t: p.t.map(() => Number.NaN) }), 'not finite'],
    [
      'a sum that is not zero',
      (p: Proof) => ({ ...p, t: p.t.map((x, i) => (i === 0 ? x + 1e-12 : x)) }),
      'sum to zero',
    ],
    ['rows that are not there', (p: Proof) => ({ ...p, lines: p.lines.map(() => 12) }), 'rows that are not there'],
    ['infinite multipliers', (p: Proof) => withSide(p, { qPlus: p.sides[0].qPlus.map(() => 1 / 0) }), 'not finite'],
    ['fewer multipliers', (p: Proof) => withSide(p, { diagonal: p.sides[0].diagonal.slice(1) }), 'expected'],
    ['half a line', (p: Proof) => ({ ...p, auxiliary: Float64Array.of(1) }), 'not whole and finite'],
    ['an infinite line', (p: Proof) => ({ ...p, auxiliary: Float64Array.of(1 / 0, 1) }), 'not whole and finite'],
    [
      'a combination without a line',
      (p: Proof) => withCombinations(p, { start: Int32Array.from(p.combinations.start, () => 0) }),
      'not in order',
    ],
    [
      'a combination of lines that are not there',
      (p: Proof) => withCombinations(p, { line: p.combinations.line.map(() => 12) }),
      'lines that are not there',
    ],
    [
      'an infinite share',
      (p: Proof) => withCombinations(p, { share: p.combinations.share.map(() => 1 / 0) }),
      'lines that are not there',
    ],
    [
      'more combinations than multipliers',
      (p: Proof) => withCombinations(p, randomCombinations(99, 1)),
      'its slacks have',
    ],
    [
      'a slack that is not finite',
      (p: Proof) => withSide(p, { slack: { ...p.sides[0].slack, q: p.sides[0].slack.q.map(() => Number.NaN) } }),
      'not finite',
    ],
    [
      'pairs of slacks above the diagonal',
      (p: Proof) =>
        withSide(p, { slack: { ...p.sides[0].slack, pairs: { at: Uint32Array.of(1), value: Float64Array.of(1) } } }),
      'not in order',
    ],
    [
      'pairs named twice',
      (p: Proof) => withSide(p, { plus: { at: Uint32Array.of(0, 0), value: Float64Array.of(1, 1) } }),
      'not in order',
    ],
  ] as const)('rejects %s', (_, change, reason) => {
    const verdict = checkProof(problem, change(file.proof));
    expect(verdict).toMatchObject({ accepted: false, reason: expect.stringContaining(reason) });
  });

  it('rejects the proof on data that were touched, and at a smaller λ', () => {
    const X = { ...problem.X, data: problem.X.data.map((x, i) => (i === 4 ? x + 0.3 : x)) };
    expect(checkProof(trainingProblem(X, problem.y, problem.lambda), file.proof).accepted).toBe(false);
    expect(checkProof(trainingProblem(problem.X, problem.y, 0.99 * problem.lambda), file.proof).accepted).toBe(false);
  });

  it('rejects more lines than rows before any work on them', () => {
    const one = trainingProblem(matrix(1, 1, Float64Array.of(1)), Float64Array.of(1), 1, { outputBias: false });
    const many = 60_000;
    const rest = { t: Float64Array.of(0.5), of: new Int32Array(1) };
    const proof = { ...plainProof(many, 1), ...rest };
    expect(checkProof(one, proof)).toEqual({ accepted: false, reason: 'it names 60000 lines of 1 rows' });
    expect(checkProof(one, { ...plainProof(1, 1), ...rest }).accepted).toBe(true);
  });

  it('proves no more than the optimum where products underflow', () => {
    // the optimum is t²/2, half a unit of the smallest double: it rounds to a whole one
    const t = Float64Array.of(2.244876296721206e-162);
    const tiny = trainingProblem(matrix(1, 1, Float64Array.of(1)), t, 1, { outputBias: false });
    const proof = { ...plainProof(1, 1), t, of: new Int32Array(1) };
    expect(checkProof(tiny, proof)).toEqual({ accepted: true, value: 0 });
    expect(dualValue(tiny.loss, t, t, 1)).toBeLessThanOrEqual(0);
  });

  it('is about one output, a separable loss, λ > 0', () => {
    const none = trainingProblem(problem.X, problem.y, 0);
    expect(checkProof(none, file.proof)).toMatchObject({ accepted: false, reason: expect.stringContaining('λ > 0') });
  });

  it('imports nothing of what makes proofs', () => {
    const reached = new Set<string>();
    const visit = (path: string): void => {
      if (reached.has(path)) return;
      reached.add(path);
      for (const [line, target] of readFileSync(path, 'utf8').matchAll(/^(?:import|export) .*?'(\.[^']+)'/gms)) {
        if (!line.startsWith('import type') && !line.startsWith('export type'))
          visit(resolve(dirname(path), target.replace(/\.js$/, '.ts')));
      }
    };
    visit(resolve('src/certificates/proof/index.ts'));
    const rooms = [...reached]
      .map((path) => relative(resolve('src'), path))
      .filter((p) => p.startsWith('certificates'));
    expect(rooms.filter((p) => !p.startsWith('certificates/proof/'))).toEqual(['certificates/rounding.ts']);
  });
});

describe('sideForm', () => {
  it.each(Object.keys(bends))('is above 2σF for any multipliers, up to its noise: %s', (kind) => {
    for (let trial = 0; trial < 5; trial++) {
      const X = bentMatrix(kind, 7, 3, random);
      const t = Float64Array.from({ length: 7 }, () => random.normal());
      const of = Int32Array.from({ length: 7 }, () => random.integer(8) - 1);
      const lines = Int32Array.from({ length: 5 }, () => random.integer(7));
      const auxiliary = Float64Array.from({ length: 6 }, () => random.normal());
      const combinations = randomCombinations(trial, 7);
      const proof = { t, of, lines, auxiliary, combinations, sides: [randomSide(7, 3), randomSide(7, 3)] as const };
      const form = doubledForm(X, proof);
      const all = [
        ...Array.from(lines, (i) => X.data.slice(3 * i, 3 * i + 3)),
        auxiliary.slice(0, 3),
        auxiliary.slice(3),
      ];
      for (const sign of [1, -1]) {
        const { matrix, size, noise } = sideForm(form, sign, randomSide(7, 3, trial));
        for (let point = 0; point < 20; point++) {
          const u = unit(3);
          const w = Float64Array.of(1, ...u, ...all.map((z) => Math.abs(dot(z, 0, u))));
          let above = 0;
          for (let i = 0; i < size; i++)
            for (let j = 0; j <= i; j++) above += (i === j ? 1 : 2) * matrix[i * size + j] * w[i] * w[j];
          let value = 0;
          for (let i = 0; i < 7; i++) value += 2 * sign * t[i] * Math.max(0, dot(X.data, 3 * i, u));
          expect(value).toBeLessThanOrEqual(above + noise + form.margin);
        }
      }
    }
  });
});

describe('sumsToZero', () => {
  it('agrees with whole numbers, at sizes where doubles round', () => {
    for (let trial = 0; trial < 300; trial++) {
      const values = Float64Array.from(
        { length: 2 + random.integer(8) },
        () => random.normal() * 2 ** random.integer(80),
      );
      const scaled = values.map((x) => Math.round(x * 2 ** 30));
      const sum = [...scaled].reduce((a, x) => a + BigInt(x), 0n);
      const last = Number(-sum);
      const closed = Float64Array.of(...scaled, last);
      expect(sumsToZero(closed)).toBe(BigInt(last) === -sum);
      expect(sumsToZero(Float64Array.of(...closed, 2 ** -40))).toBe(false);
    }
    expect(sumsToZero(Float64Array.of(1e300, 1, -1e300))).toBe(false);
    expect(sumsToZero(Float64Array.of(1e300, 1, -1e300, -1))).toBe(true);
    expect(sumsToZero(Float64Array.of(1e308, 1e308, -1e308, -1e308))).toBe(false);
  });
});

describe('isDefinite', () => {
  it('holds for A + εI with A = BBᵀ, and never for A − εI', () => {
    for (let trial = 0; trial < 50; trial++) {
      const size = 2 + random.integer(8);
      const b = Float64Array.from({ length: size * (size - 1) }, () => random.normal());
      const gram = (shift: number): Float64Array => {
        const a = new Float64Array(size * size);
        for (let i = 0; i < size; i++)
          for (let j = 0; j < size; j++) {
            for (let k = 0; k < size - 1; k++) a[i * size + j] += b[i * (size - 1) + k] * b[j * (size - 1) + k];
            if (i === j) a[i * size + j] += shift;
          }
        return a;
      };
      expect(isDefinite(gram(1e-3), size)).toBe(true);
      expect(isDefinite(gram(-1e-12), size)).toBe(false);
      expect(isDefinite(gram(0), size)).toBe(false);
    }
  });

  it('refuses what is not finite or has no positive diagonal', () => {
    expect(isDefinite(Float64Array.of(Number.NaN), 1)).toBe(false);
    expect(isDefinite(Float64Array.of(1, 0, Number.NaN, 1), 2)).toBe(false);
    expect(isDefinite(Float64Array.of(0), 1)).toBe(false);
    expect(isDefinite(Float64Array.of(1, 0, 1e200, 1), 2)).toBe(false);
  });
});

describe('readProof', () => {
  const text = writeProof(file);

  it('reads files of version 1, which have no combinations', async () => {
    const early = await semidefiniteLowerBound(problem, { iterations: 50, every: 10 });
    expect(early.kept!.proof.combinations.count).toBe(0);
    const old = writeProof({ ...about, ...early.kept! }).replace('"formatVersion":2', '"formatVersion":1');
    expect(checkProof(problem, readProof(old).proof)).toEqual({ accepted: true, value: early.value });
  });

  it.each([
    ['no JSON', 'hello', 'is no proof file'],
    ['half a file', text.slice(0, text.length / 2), 'is no proof file'],
    ['another format', text.replace('relucent-proof', 'relucent-model'), 'format'],
    ['a later version', text.replace('"formatVersion":2', '"formatVersion":3'), 'formatVersion'],
    ['broken base64', text.replace(/"dual":"../, '"dual":"?!'), "'dual' is damaged"],
    ['odd bytes', text.replace(/"dual":"[^"]*"/, '"dual":"AAAA"'), "'dual' is damaged"],
    [
      'a line beyond 32 bits',
      text.replace('"lines":[', `"lines":[${2 ** 32},`),
      "'lines.0' is missing or of the wrong kind",
    ],
    ['a row of line −2³²', text.replace('"of":[', `"of":[${-(2 ** 32)},`), "'of.0' is missing or of the wrong kind"],
    ['places that do not end', text.replace(/"at":"[^"]*"/, '"at":"/w=="'), "'at' is damaged"],
  ])('refuses %s in one line', (_, bad, reason) => {
    expect(() => readProof(bad, 'm.proof.json')).toThrow(`m.proof.json: `);
    expect(() => readProof(bad, 'm.proof.json')).toThrow(reason);
  });
});

const dot = (a: Float64Array, at: number, u: ArrayLike<number>): number =>
  a[at] * u[0] + a[at + 1] * u[1] + a[at + 2] * u[2];

function unit(length: number): Float64Array {
  const u = Float64Array.from({ length }, () => random.normal());
  const size = Math.sqrt(u.reduce((sum, x) => sum + x * x, 0));
  return u.map((x) => (x / size) * 0.999999);
}

/** Any lines with any shares: nothing that holds for the rows. */
function randomCombinations(count: number, lines: number): LineCombinations {
  const start = [0];
  for (let c = 0; c < count; c++) start.push(start[c] + 1 + random.integer(4));
  return {
    count,
    start: Int32Array.from(start),
    line: Int32Array.from({ length: start[count] }, () => random.integer(lines)),
    share: Float64Array.from({ length: start[count] }, () => random.normal()),
  };
}

function randomSide(count: number, d: number, slacks = 0): ProofSide {
  const draw = (length: number): Float64Array => Float64Array.from({ length }, () => random.normal());
  const table = (rows: number, columns: number, fits: (k: number, l: number) => boolean): Pairs => {
    const at = Array.from({ length: rows * columns }, (_, p) => p).filter(
      (p) => fits(Math.floor(p / columns), p % columns) && random.uniform() < 0.6,
    );
    return { at: Uint32Array.from(at), value: draw(at.length) };
  };
  const pairs = (fits: (k: number, l: number) => boolean): Pairs => table(count, count, fits);
  return {
    alpha: 1,
    qPlus: draw(count),
    qMinus: draw(count),
    pPlus: draw(count * d),
    pMinus: draw(count * d),
    diagonal: draw(count),
    plus: pairs((k, l) => l <= k),
    minus: pairs((k, l) => l <= k),
    cross: pairs((k, l) => l !== k),
    slack: {
      q: draw(slacks),
      p: draw(slacks * d),
      plus: table(slacks, count, () => true),
      minus: table(slacks, count, () => true),
      pairs: table(slacks, slacks, (c, b) => b <= c),
    },
  };
}

/** α = 1 and the free diagonal alone: for data and t of size 1 or less. */
function plainProof(count: number, d: number): Proof {
  const none: Pairs = { at: new Uint32Array(0), value: new Float64Array(0) };
  const side: ProofSide = {
    alpha: 1,
    qPlus: new Float64Array(count),
    qMinus: new Float64Array(count),
    pPlus: new Float64Array(count * d),
    pMinus: new Float64Array(count * d),
    diagonal: new Float64Array(count).fill(-0.25),
    plus: none,
    minus: none,
    cross: none,
    slack: { q: new Float64Array(0), p: new Float64Array(0), plus: none, minus: none, pairs: none },
  };
  const rest = { t: new Float64Array(0), lines: new Int32Array(count), of: new Int32Array(0) };
  return { ...rest, auxiliary: new Float64Array(0), combinations: randomCombinations(0, 1), sides: [side, side] };
}

const withCombinations = (proof: Proof, part: Partial<LineCombinations>): Proof => ({
  ...proof,
  combinations: { ...proof.combinations, ...part },
});

function withSide(proof: Proof, part: Partial<ProofSide>): Proof {
  return { ...proof, sides: [{ ...proof.sides[0], ...part }, proof.sides[1]] };
}

/** Every number changed, those of t so that they still sum to zero. */
function changed(proof: Proof, change: (x: number) => number, alsoT: boolean): Proof {
  const pairs = ({ at, value }: Pairs): Pairs => ({ at, value: value.map(change) });
  const sides = proof.sides.map((s) => ({
    alpha: change(s.alpha),
    qPlus: s.qPlus.map(change),
    qMinus: s.qMinus.map(change),
    pPlus: s.pPlus.map(change),
    pMinus: s.pMinus.map(change),
    diagonal: s.diagonal.map(change),
    plus: pairs(s.plus),
    minus: pairs(s.minus),
    cross: pairs(s.cross),
    slack: {
      q: s.slack.q.map(change),
      p: s.slack.p.map(change),
      plus: pairs(s.slack.plus),
      minus: pairs(s.slack.minus),
      pairs: pairs(s.slack.pairs),
    },
  }));
  const combinations = { ...proof.combinations, share: proof.combinations.share.map(change) };
  const t = proof.t.slice();
  if (alsoT) {
    const q = 2 ** -30;
    const move = q * Math.round((1e-3 * random.normal()) / q);
    t[0] += move;
    t[1] -= move;
  }
  return { ...proof, t, auxiliary: proof.auxiliary.map(change), combinations, sides: [sides[0], sides[1]] };
}
