import { expect, it } from 'vitest';
import { keptWith } from '../../src/certificates/kept.js';
import { certify } from '../../src/index.js';
import { matrix } from '../../src/linalg/index.js';
import { constantNetwork } from '../../src/networks/index.js';

it('keeps what was prepared from a matrix until an entry changes', () => {
  let made = 0;
  const sum = keptWith((X) => {
    made++;
    return X.data.reduce((total, x) => total + x, 0);
  });
  const X = matrix(2, 2, Float64Array.of(1, 2, 3, 4));
  expect([sum(X), sum(X), made]).toEqual([10, 10, 1]);
  X.data[3] = 5;
  expect([sum(X), sum(X), made]).toEqual([11, 11, 2]);
  expect([sum(matrix(1, 1, Float64Array.of(7))), sum(X), made]).toEqual([7, 11, 3]);
});

it('certifies anew what was changed in place', async () => {
  const X = matrix(4, 2, Float64Array.of(1, 2, -1, 0.5, 1, 2, 3, -1));
  const y = Float64Array.of(1, -2, 0.5, 2);
  const network = constantNetwork(2, Float64Array.of(0.4), 'relu');
  for (const hiddenBias of [false, true]) {
    const certified = () => certify(network, X, y, 0.05, { hiddenBias });
    const before = await certified();
    X.data[0] += 0.75;
    const after = await certified();
    expect(after).not.toEqual(before);
    const copy = matrix(4, 2, X.data.slice());
    expect(after).toEqual(await certify(network, copy, y, 0.05, { hiddenBias }));
  }
});
