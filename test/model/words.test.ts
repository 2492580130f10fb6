import { expect, test } from 'vitest';
import type { Certificate } from '../../src/certificates/index.js';
import { certificateInWords, describeModel, networkInWords, objectiveInWords } from '../../src/model/index.js';
import { penalty } from '../../src/networks/index.js';
import { certificate, mixedModel } from './helpers.js';

const { objective } = mixedModel();
const words = (change: Partial<Certificate> = {}, activation?: 'gated'): string =>
  certificateInWords({ ...certificate, ...change }, objective, activation);

const gapLine =
  'Gap 9.1e-9, that is 7.3e-8 of the objective; asked for 1e-6: reached (objectives on the 1/n scale, in encoded units, λ = 0.001).';

test('exact: a proof over all widths', () => {
  expect(words()).toBe(
    `Proved: no two-layer ReLU network, of any width, has an objective below 0.123456 (yours: 0.123457, gap 7.3e-6 %). ${gapLine}`,
  );
  expect(words({}, 'gated')).toContain('no two-layer gated ReLU network, of any width');
});

test.each([
  [true, true, 'two-layer ReLU network'],
  [false, true, 'two-layer ReLU network without hidden biases'],
  [true, false, 'two-layer ReLU network without an output bias'],
  [false, false, 'two-layer ReLU network without hidden biases or an output bias'],
])('every statement names the biases that its networks lack: hidden %s, output %s', (hiddenBias, outputBias, kind) => {
  const other = { ...objective, hiddenBias, outputBias };
  expect(networkInWords(other)).toBe(kind);
  const said = (change: Partial<Certificate>, of = other): string =>
    certificateInWords({ ...certificate, ...change }, of);
  expect(said({})).toContain(`Proved: no ${kind}, of any width, has an objective below`);
  expect(said({ scope: 'priced', boundMethod: 'crude' })).toContain(`if there is none, no ${kind} has an objective`);
  expect(said({ scope: 'sampled', boundMethod: 'none' })).toContain(`no ${kind} that uses these alone has`);
  expect(said({ scope: 'sampled', boundMethod: 'none' })).toContain(`For every ${kind} only the trivial bound`);
  expect(said({ scope: 'bound', boundMethod: 'crude' })).toContain(`over all widths: no ${kind} has an objective`);
  const free = { ...other, lambda: 0 };
  expect(said({ relativeGap: 1, bound: 0 }, free)).toContain(`holds for every ${kind}: nothing`);
  expect(said({ relativeGap: 1, bound: 0.1 }, free)).toContain(`little can be proved: no ${kind} has`);
});

test('priced: evidence, said to be no proof, with the proved bound beside it', () => {
  const text = words({ scope: 'priced', bound: 0.1, boundMethod: 'eigenvalue', search: { restarts: 1000, seed: 3 } });
  expect(text).toContain(
    'A search over all directions (1000 starts, seed 3) found none that violates the dual constraint',
  );
  expect(text).toContain('strong evidence of global optimality, not a proof.');
  expect(text).toContain(
    'no two-layer ReLU network has an objective below 0.1 (eigenvalue bound over all directions).',
  );
  expect(text.endsWith(gapLine)).toBe(true);
  expect(text.startsWith('Proved')).toBe(false);
});

test('sampled: over the stated patterns, others may do better', () => {
  const text = words({ scope: 'sampled', bound: 0, boundMethod: 'none' });
  expect(text).toContain(
    'Proved over the 37 activation patterns stated: no two-layer ReLU network that uses these alone has an objective below 0.123456',
  );
  expect(text).toContain('Networks with other patterns may do better.');
  expect(text).toContain('For every two-layer ReLU network only the trivial bound is proved: no objective is below 0.');
  expect(words({ scope: 'sampled', patterns: { count: 1, digest: '' } })).toContain(
    'the one activation pattern stated',
  );
});

test('bound: a proved bound and an open gap', () => {
  const text = words({
    scope: 'bound',
    dual: 0.05,
    bound: 0.05,
    gap: 0.0734568,
    relativeGap: 0.595,
    boundMethod: 'low-rank',
  });
  expect(text).toContain(
    'Proved over all widths: no two-layer ReLU network has an objective below 0.05 (low-rank bound).',
  );
  expect(text).toContain('it may be optimal or not, the gap between the two is open.');
  expect(text).toContain('asked for 1e-6: not reached');
});

test('small numbers have an exponent, percentages two digits, rounded up', () => {
  const change = { primal: 2.34e-5, dual: 2.3e-5, gap: 4.00001e-7, relativeGap: 4.0423e-7, tolerance: 1e-5 };
  const text = words(change);
  expect(text).toContain('below 2.3e-5 (yours: 2.34e-5, gap 4.1e-5 %)');
  expect(text).toContain('Gap 4.1e-7, that is 4.1e-7 of the objective; asked for 1e-5: reached');
  expect(words({ relativeGap: 0.01942 })).toContain('gap 2 %)');
  expect(words({ relativeGap: 0 })).toContain('gap 0 %)');
});

test('λ = 0: only 0 is proved, and that says nothing about the network', () => {
  const free = { ...objective, lambda: 0 };
  for (const scope of ['exact', 'bound', 'sampled', 'priced'] as const) {
    const trivial = { ...certificate, scope, dual: 0, bound: 0, gap: 0.25, primal: 0.25, relativeGap: 1 };
    const text = certificateInWords(trivial, free);
    expect(text).toMatch(
      /^Without a penalty \(λ = 0\) the only lower bound is 0, which holds for every two-layer ReLU network: nothing is proved/,
    );
    expect(text).toContain('Yours has 0.25, the mean loss alone');
    expect(text).toContain('not reached');
    expect(text).not.toContain('no two-layer');
  }
  const repeated = {
    ...certificate,
    dual: 0.01,
    bound: 0.01,
    boundMethod: 'repeated-rows' as const,
    primal: 0.25,
    relativeGap: 0.96,
  };
  expect(certificateInWords(repeated, free)).toContain(
    'little can be proved: no two-layer ReLU network has an objective below 0.01 (equal rows with different targets). Yours has 0.25',
  );
  const perfect = { ...certificate, primal: 0, dual: 0, bound: 0, gap: 0, relativeGap: 0 };
  expect(certificateInWords(perfect, free)).toMatch(
    /^Proved: no two-layer ReLU network, of any width, has an objective below 0 /,
  );
});

test('a violated cone is said', () => {
  expect(words({ feasibility: 1e-9 })).toContain('λ = 0.001; cone violation 1e-9)');
});

test('shown lower bounds are never above the proved ones, shown objectives never below', () => {
  for (const value of [0.123456789, 1 / 3, 2 / 3, 7.77777777e-9, 99999.96, 1234567.8, 1]) {
    const [, below, yours] = /below (\S+) \(yours: (\S+),/.exec(words({ dual: value, primal: value }))!;
    expect(Number(below)).toBeLessThanOrEqual(value);
    expect(Number(yours)).toBeGreaterThanOrEqual(value);
    expect(Number(yours) - Number(below)).toBeLessThanOrEqual(1.1e-5 * value);
  }
});

test('the objective in words', () => {
  expect(objectiveInWords(objective)).toBe(
    'mean squared loss ½(f − y)² + 0.001 · Σ_j ‖(u_j, h_j)‖|α_j| (hidden biases h_j penalised with the weights), with a free output bias',
  );
  expect(objectiveInWords({ loss: 'softmax', lambda: 2, outputBias: false, hiddenBias: false })).toBe(
    'mean softmax cross-entropy + 2 · Σ_j ‖u_j‖|α_j|, without an output bias',
  );
});

test('a description is plain data with counts by hand', () => {
  const model = mixedModel({ kind: 'classes' });
  const hidden = { ...model.weights.hidden, data: model.weights.hidden.data.map((w, i) => (i % 11 < 2 ? w : 0)) };
  const output = { ...model.weights.output, data: model.weights.output.data.slice() };
  output.data.fill(0, 0, 3);
  const weights = { ...model.weights, hidden, output };
  const description = describeModel({ ...model, weights });
  expect(description).toMatchObject({
    task: 'classification',
    target: 'kind',
    classes: ['a', 'b"c', 'd'],
    columns: {
      numbers: ['age', 'größe'],
      categories: ['colour */ "1"', 'member', 'size'],
      dropped: [{ name: 'id', reason: 'looks like an identifier' }],
    },
    features: 11,
    activeFeatures: ['age', 'age missing'],
    neurons: 5,
    activeNeurons: 4,
    outputs: 3,
    seed: 4,
    version: '0.1.0',
  });
  expect(description.penalty).toBe(penalty(weights));
  expect(structuredClone(description)).toEqual(description);
  expect(describeModel(mixedModel()).classes).toEqual([]);
});
