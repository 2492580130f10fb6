import { describe, expect, it } from 'vitest';
import {
  type FitOptions,
  type FitResult,
  fit,
  fitTable,
  matrix,
  type ProgressEvent,
  verifyModel,
  writeModel,
} from '../../src/index.js';
import { labels, normals, ramp, rowsOf, tableOf } from './data.js';

/** Wide enough for the kernels to share their work out. */
const wide = normals(300, 12, 2);
/** The bound over all networks costs little in the plane. */
const flat = normals(300, 2, 2);
const dataFor = ({ patterns }: FitOptions) => (patterns === 'auto' ? flat : wide);
const bytes = ({ weights }: FitResult): string =>
  JSON.stringify(weights, (_, v) => (ArrayBuffer.isView(v) ? hex(v) : v));
const hex = (view: ArrayBufferView): string =>
  Array.from(new Uint8Array(view.buffer, view.byteOffset, view.byteLength), (b) => b.toString(16)).join();

describe('the same seed gives the same bytes', () => {
  const cases: FitOptions[] = [
    { patterns: 60, lambda: 0.01 },
    { patterns: 'auto', lambda: 0.05 },
    { patterns: 60, lambda: 0.01, activation: 'gated', hiddenBias: true },
    { patterns: 40, lambda: 0.02, loss: 'logistic' },
  ];
  it.each(cases)('on one thread and on two: %o', async (options) => {
    const X = dataFor(options);
    const y = options.loss === 'logistic' ? labels(ramp(X)) : ramp(X);
    const [one, again, two] = [
      await fit(X, y, { ...options, gap: 1e-4, threads: 1 }),
      await fit(X, y, { ...options, gap: 1e-4, threads: 1 }),
      await fit(X, y, { ...options, gap: 1e-4, threads: 2 }),
    ];
    expect(one.neurons).toBeGreaterThan(0);
    for (const other of [again, two]) {
      expect(bytes(other)).toBe(bytes(one));
      expect(other.certificate).toEqual(one.certificate);
    }
  });

  it('and another seed gives others', async () => {
    const options = { patterns: 60, lambda: 0.01, gap: 1e-3, threads: 1 };
    const [a, b] = [await fit(wide, ramp(wide), options), await fit(wide, ramp(wide), { ...options, seed: 1 })];
    expect(bytes(b)).not.toBe(bytes(a));
  });

  it('and the model file of a table is the same text', async () => {
    const X = normals(40, 3, 5);
    const table = await tableOf(X, ramp(X));
    const text = async (threads: number): Promise<string> =>
      writeModel((await fitTable(table, { target: 'y', lambda: 0.01, threads })).model);
    expect(await text(2)).toBe(await text(1));
  });
});

describe('input is left alone', () => {
  it('X, y and options may be frozen or read-only views, and keep their values', async () => {
    const X = normals(20, 2, 3);
    const y = Float64Array.from(ramp(X));
    const [x0, y0] = [X.data.slice(), y.slice()];
    const options = Object.freeze({ lambda: 0.01, hiddenBias: true, threads: 1 });
    const asRows = rowsOf(X).map((row) => Object.freeze(row));
    const [a, b] = [await fit(X, y, options), await fit(Object.freeze(asRows), Array.from(y), options)];
    expect([X.data, y]).toEqual([x0, y0]);
    expect(bytes(b)).toBe(bytes(a));
    X.data.fill(0);
    expect(a.predict(asRows).data).toEqual(b.predict(asRows).data);
  });
});

async function eventsOf(options: FitOptions): Promise<{ events: ProgressEvent[]; result: FitResult }> {
  const X = dataFor(options);
  const y = options.loss ? labels(ramp(X)) : ramp(X);
  const events: ProgressEvent[] = [];
  const onProgress = (event: ProgressEvent): void => void events.push({ ...event });
  const result = await fit(X, y, { lambda: 0.02, gap: 1e-4, threads: 1, ...options, onProgress });
  return { events, result };
}

describe('progress', () => {
  it.each<FitOptions>([
    { patterns: 50 },
    { patterns: 'auto' },
    { patterns: 50, activation: 'gated' },
    { patterns: 30, loss: 'logistic' },
  ])('is typed, in bounds, and goes one way: %o', async (options) => {
    const { events, result } = await eventsOf(options);
    expect(events.length).toBeGreaterThan(5);
    for (const event of events) {
      expect(event.phase).toMatch(/^[a-z][a-z ()]+$/);
      for (const key of ['fraction', 'relativeGap'] as const) {
        expect(event[key] ?? 0).toBeGreaterThanOrEqual(0);
        expect(event[key] ?? 0).toBeLessThanOrEqual(1 + 1e-12);
      }
      expect(Number.isFinite(event.primal ?? 0)).toBe(true);
      expect(Number.isInteger(event.neurons ?? 0)).toBe(true);
      expect(typeof (event.message ?? '')).toBe('string');
      for (const key of Object.keys(event))
        expect([
          'phase',
          'fraction',
          'primal',
          'relativeGap',
          'neurons',
          'message',
          'round',
          'patterns',
          'violation',
        ]).toContain(key);
    }
    oneWay(events);
    const values = events.flatMap((event) => event.primal ?? []);
    // the last value told is that of the network that comes back
    expect(Math.abs((values.at(-1) as number) / result.certificate.primal - 1)).toBeLessThanOrEqual(1e-4);
    expect(values.at(-1)).toBeLessThan(values[0]);
  });

  /** Objectives never rise by more than the gap asked, fractions never fall while a phase lasts. */
  function oneWay(events: readonly ProgressEvent[]): void {
    let least = Number.POSITIVE_INFINITY;
    for (const { phase, primal } of events) {
      if (phase !== 'convex solve' || primal === undefined) continue;
      expect(primal).toBeLessThanOrEqual(least * (1 + 1e-4));
      least = Math.min(least, primal);
    }
    events.slice(1).forEach((event, k) => {
      const before = events[k];
      if (
        before.phase === event.phase &&
        before.fraction !== undefined &&
        event.fraction !== undefined &&
        event.fraction > 0
      )
        expect(event.fraction).toBeGreaterThanOrEqual(before.fraction);
    });
  }

  it('and what the callback throws reaches the caller, who can go on', async () => {
    const onProgress = (): void => {
      throw new Error('the page is gone');
    };
    await expect(fit(wide, ramp(wide), { onProgress, threads: 2 })).rejects.toThrow('the page is gone');
    expect((await fit([[1], [2]], [1, 2], { threads: 2 })).status).toBe('solved');
  });
});

describe('a signal aborted beforehand', () => {
  const signal = AbortSignal.abort();
  const X = normals(25, 4, 7);

  it.each<FitOptions>([
    {},
    { patterns: 'exact' },
    { patterns: 30 },
    { activation: 'gated' },
    { loss: 'logistic' },
    { loss: 'softmax' },
    { lambda: 0 },
  ])('gives a network and a certificate that claims no more than is proved: %o', async (options) => {
    const y = options.loss === 'softmax' ? ramp(X).map((_, i) => i % 3) : options.loss ? labels(ramp(X)) : ramp(X);
    const { status, certificate, predict } = await fit(X, y, { lambda: 1e-3, ...options, signal, threads: 1 });
    expect(status).toBe('aborted');
    expect(certificate.bound).toBeLessThanOrEqual(certificate.primal);
    expect(certificate.dual).toBeLessThanOrEqual(certificate.primal);
    expect(certificate.scope).not.toBe('priced');
    expect(predict(X).data.every(Number.isFinite)).toBe(true);
  });

  it('stops verification with a verdict, not an error', async () => {
    const table = await tableOf(X, ramp(X));
    const { model } = await fitTable(table, { target: 'y', lambda: 0.01, threads: 1, testFraction: 0 });
    expect(await verifyModel(model, table)).toMatchObject({ accepted: true, sameData: true });
    const stopped = await verifyModel(model, table, { signal });
    expect(stopped.reasons.length > 0).toBe(!stopped.accepted);
  });
});

describe('a time limit too short', () => {
  it('ends as time-limit or solved, with what there is', async () => {
    const X = normals(200, 10, 8);
    for (const patterns of ['auto', 200] as const) {
      const { status, certificate } = await fit(X, ramp(X), { lambda: 1e-4, patterns, timeLimit: 1e-3, threads: 1 });
      expect(status).toBe('time-limit');
      expect(certificate.dual).toBeLessThanOrEqual(certificate.primal);
    }
  });
});

describe('defaults', () => {
  it('take labels −1 and +1 for logistic, numbers for squared, several columns for squared', async () => {
    const X = normals(10, 2, 4);
    const loss = async (y: Parameters<typeof fit>[1]) => (await fit(X, y, { lambda: 0.1 })).objective.loss;
    expect(await loss(labels(ramp(X)))).toBe('logistic');
    expect(await loss(ramp(X))).toBe('squared');
    expect(
      await loss(
        matrix(
          10,
          2,
          Float64Array.from({ length: 20 }, (_, i) => (i % 3 === 0 ? 1 : -1)),
        ),
      ),
    ).toBe('squared');
  });
});
