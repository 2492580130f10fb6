import { beforeAll, describe, expect, it } from 'vitest';
import { samplePatterns } from '../../src/arrangements/index.js';
import { createRandom } from '../../src/base/index.js';
import { type Certificate, type CertifyOptions, certify, verifyCertificate } from '../../src/certificates/index.js';
import { matrix, type PatternSet } from '../../src/linalg/index.js';
import type { NetworkWeights } from '../../src/networks/index.js';
import { descended } from './descent.js';
import { randomNetwork, type Sample, sample } from './oracles.js';

const lambda = 0.05;
const biases = { outputBias: true, hiddenBias: false };
const options: CertifyOptions = { ...biases, tolerance: 0.02 };
let data: Sample;
let weights: NetworkWeights;
let claim: Certificate;
let patterns: PatternSet;
let sampled: Certificate;

beforeAll(async () => {
  const random = createRandom(51);
  data = sample('squared', 24, 3, 1, random);
  weights = descended(data, lambda, biases, 1200, random, 48);
  claim = await certify(weights, data.X, data.y, lambda, options);
  patterns = samplePatterns(data.X, 30, { seed: 2 }).patterns;
  sampled = await certify(weights, data.X, data.y, lambda, { ...options, patterns });
});

const verdict = (
  c: Certificate,
  change: Partial<{ w: NetworkWeights; y: Float64Array; l: number; o: CertifyOptions }> = {},
) => verifyCertificate(c, change.w ?? weights, data.X, change.y ?? data.y, change.l ?? lambda, change.o ?? options);

async function rejected(c: Certificate, reason: RegExp, change: Parameters<typeof verdict>[1] = {}): Promise<void> {
  const { accepted, reasons } = await verdict(c, change);
  expect(reasons.join(' ')).toMatch(reason);
  expect(accepted).toBe(false);
}

describe('verifyCertificate accepts', () => {
  it('what was certified, also after JSON', async () => {
    expect(claim.scope).toBe('exact');
    expect(await verdict(claim)).toMatchObject({ accepted: true, reasons: [], recomputed: claim });
    expect((await verdict(JSON.parse(JSON.stringify(claim)))).accepted).toBe(true);
  });

  it('a sampled claim with its patterns, or with their origin', async () => {
    expect(sampled.scope).toBe('sampled');
    expect((await verdict(sampled, { o: { ...options, patterns } })).accepted).toBe(true);
    const origin = { kind: 'gaussian', seed: 2, count: 30 } as const;
    expect((await verdict(sampled, { o: { ...options, patterns: origin } })).accepted).toBe(true);
  });

  it('a weaker claim than can be proved', async () => {
    const value = 0.9 * claim.bound;
    const gap = claim.primal - value;
    const weak = { ...claim, scope: 'bound', dual: value, bound: value, gap, relativeGap: gap / claim.primal } as const;
    expect(await verdict(weak)).toMatchObject({ accepted: true, reasons: [] });
    expect((await verdict({ ...claim, scope: 'priced' })).accepted).toBe(true);
  });

  it('a priced claim', async () => {
    const random = createRandom(61);
    const wide = sample('squared', 40, 9, 1, random);
    const trained = descended(wide, lambda, biases, 1000, random, 64);
    const cheap = { ...biases, tolerance: 0.05, nodeLimit: 1 };
    const priced = await certify(trained, wide.X, wide.y, lambda, cheap);
    expect(priced.scope).toBe('priced');
    expect(await verifyCertificate(priced, trained, wide.X, wide.y, lambda, cheap)).toMatchObject({ accepted: true });
    // with all its means it proves more, which is no reason to reject
    const { nodeLimit, ...thorough } = cheap;
    expect(nodeLimit).toBe(1);
    expect(await verifyCertificate(priced, trained, wide.X, wide.y, lambda, thorough)).toMatchObject({
      accepted: true,
    });
  });
});

describe('verifyCertificate rejects', () => {
  it('a scaled weight', async () => {
    const largest = weights.hidden.data.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    const data = weights.hidden.data.map((x) => (Math.abs(x) === largest ? x * 1.01 : x));
    await rejected(claim, /objective of the network/, { w: { ...weights, hidden: { ...weights.hidden, data } } });
    const bias = weights.outputBias.map((b) => b + 1e-3);
    await rejected(claim, /objective of the network/, { w: { ...weights, outputBias: bias } });
  });

  it('a scaling inside a neuron that keeps the function but not the penalty', async () => {
    const data = weights.output.data.map((x) => 1.01 * x);
    await rejected(claim, /objective/, { w: { ...weights, output: { ...weights.output, data } } });
  });

  it('another λ, in both directions', async () => {
    await rejected(claim, /objective/, { l: 0.049 });
    await rejected(claim, /objective/, { l: 0.051 });
  });

  it('swapped targets', async () => {
    const y = data.y.slice();
    [y[0], y[1]] = [y[1], y[0]];
    await rejected(claim, /objective/, { y });
  });

  it('a set of patterns that is missing, or another one', async () => {
    await rejected(sampled, /patterns/, { o: options });
    const other = samplePatterns(data.X, 30, { seed: 3 }).patterns;
    await rejected(sampled, /patterns/, { o: { ...options, patterns: other } });
    const fewer = samplePatterns(data.X, 20, { seed: 2 }).patterns;
    await rejected(sampled, /patterns/, { o: { ...options, patterns: fewer } });
  });

  it('a network whose neurons are not in the patterns that it claims', async () => {
    const { patterns: stated } = sampled;
    const random = createRandom(71);
    const elsewhere = randomNetwork(3, 1, biases, random);
    const own = await certify(elsewhere, data.X, data.y, lambda, { ...options, patterns });
    await rejected({ ...own, patterns: stated }, /patterns/, { w: elsewhere, o: { ...options, patterns } });
  });

  it('a network that is not of the problem', async () => {
    const hiddenBias = weights.hiddenBias.map(() => 0.1);
    const { accepted, reasons, recomputed } = await verdict(claim, { w: { ...weights, hiddenBias } });
    expect(accepted).toBe(false);
    expect(reasons[0]).toMatch(/hidden bias/);
    expect(recomputed).toBeNull();
    await rejected(claim, /output bias/, { o: { ...options, outputBias: false } });
    const data = weights.hidden.data.map(() => Number.NaN);
    await rejected(claim, /finite/, { w: { ...weights, hidden: { ...weights.hidden, data } } });
  });

  it.each<[string, (c: Certificate) => Partial<Certificate>, RegExp]>([
    [
      'a smaller objective',
      (c) => ({ primal: c.primal * (1 - 1e-6), gap: c.primal * (1 - 1e-6) - c.dual }),
      /objective/,
    ],
    [
      'a larger dual value',
      (c) => ({ dual: c.dual + 0.1 * c.gap, gap: 0.9 * c.gap, relativeGap: 0.9 * c.relativeGap }),
      /dual value/,
    ],
    ['a larger bound', (c) => ({ bound: c.bound * (1 + 1e-5) }), /lower bound/],
    ['a smaller gap', () => ({ gap: 0 }), /gap/],
    ['a smaller relative gap', () => ({ relativeGap: 0 }), /relative gap/],
    ['other patterns', (c) => ({ patterns: { ...c.patterns, digest: '0123456789abcdef' } }), /patterns/],
    ['more patterns', (c) => ({ patterns: { ...c.patterns, count: c.patterns.count + 1 } }), /patterns/],
    ['a smaller dual norm', (c) => ({ dualNorm: c.dualNorm * 0.99 }), /dual norm/],
    ['a number that is none', () => ({ bound: Number.NaN }), /bound is not a finite number/],
    ['an unknown scope', () => ({ scope: 'proved' as never }), /scope/],
    ['a sampled scope in place of exact', () => ({ scope: 'sampled' }), /dual value|dual norm|bound/],
  ])('%s', async (_, change, reason) => {
    await rejected({ ...claim, ...change(claim) }, reason);
  });

  it('a bound above the objective, within the slack of dual values', async () => {
    const none = { ...weights, hidden: matrix(0, 3), output: matrix(0, 1), hiddenBias: new Float64Array(0) };
    const mean = data.y.reduce((a, b) => a + b, 0) / data.y.length;
    const constant = { ...none, outputBias: Float64Array.of(mean) };
    const closed = await certify(constant, data.X, data.y, 10, options);
    expect(closed.relativeGap).toBeLessThan(1e-9);
    expect((await verdict(closed, { w: constant, l: 10 })).accepted).toBe(true);
    const change = { w: constant, l: 10 };
    await rejected({ ...closed, bound: closed.primal * (1 + 5e-8) }, /above the objective/, change);
  });

  it('a smaller cone violation than there is', async () => {
    // a neuron a little outside of the cone of every stated pattern
    const { patterns: own } = await certify(weights, data.X, data.y, lambda, { ...options, scope: 'sampled' });
    expect(own.count).toBeGreaterThan(0);
    await rejected({ ...sampled, feasibility: -1 }, /violation/, { o: { ...options, patterns } });
  });

  it('a stronger scope than can be derived', async () => {
    const random = createRandom(81);
    const wide = sample('squared', 60, 9, 1, random);
    const bad = randomNetwork(9, 1, biases, random);
    const cheap = { ...biases, nodeLimit: 1, starts: 100 };
    const bound = await certify(bad, wide.X, wide.y, 1e-3, cheap);
    expect(bound.scope).toBe('bound');
    for (const scope of ['priced', 'exact'] as const) {
      const { accepted, reasons } = await verifyCertificate({ ...bound, scope }, bad, wide.X, wide.y, 1e-3, cheap);
      expect(accepted).toBe(false);
      expect(reasons.join(' ')).toMatch(/scope/);
    }
  });

  it('more restarts than were made', async () => {
    const stopped = { ...options, starts: 100 };
    const inflated = { ...claim, scope: 'priced' as const, search: { restarts: 5000, seed: 0 } };
    const random = createRandom(61);
    const wide = sample('squared', 40, 9, 1, random);
    const trained = descended(wide, lambda, biases, 1000, random, 64);
    const priced = await certify(trained, wide.X, wide.y, lambda, { ...stopped, tolerance: 0.05, nodeLimit: 1 });
    expect(priced.search?.restarts).toBe(100);
    const more = { ...priced, search: { restarts: inflated.search.restarts, seed: 0 } };
    const again = { ...stopped, tolerance: 0.05, nodeLimit: 1 };
    const { reasons } = await verifyCertificate(more, trained, wide.X, wide.y, lambda, again);
    expect(reasons.join(' ')).toMatch(/restarts/);
  });
});
