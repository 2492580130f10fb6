import { describe, expect, it } from 'vitest';
import { findGroups } from '../../src/deep/methods/groups.js';
import { architecture } from '../../src/deep/network/architectures.js';
import { parametersOf } from '../../src/deep/network/layers.js';
import { cnn, mlp } from './networks.js';

const pairsOf = (grouping: ReturnType<typeof findGroups>) =>
  grouping.chains.map(({ groups }) => groups.map(({ into, outOf, units }) => [into, outOf, units]));

describe('groups', () => {
  it('pairs consecutive linear layers, with or without an activation between', () => {
    const grouping = findGroups(mlp);
    expect(pairsOf(grouping)).toEqual([
      [
        ['0', '2', 4],
        ['4', '5', 3],
        ['7', '9', 5],
      ],
    ]);
    expect(grouping.others).toEqual(['11']);
    expect(grouping.chains[0].between).toEqual([['4'], ['7']]);
  });

  it('a residual branch has groups of its own, flattening joins a convolution and a linear layer', () => {
    const grouping = findGroups(cnn);
    expect(pairsOf(grouping)).toEqual([
      [
        ['0', '2', 3],
        ['6', '9', 3],
      ],
      [['5.0', '5.2', 5]],
    ]);
    expect(grouping.others).toEqual([]);
    expect(grouping.chains[0].between).toEqual([['5.0', '5.2', '6']]);
  });

  it('crosses pooling only if asked', () => {
    const small = architecture('cnn-small', [1, 8, 8], 3);
    const layers = small.layers.slice(2);
    const part = { ...small, layers };
    expect(pairsOf(findGroups(part))[0]).toEqual([['3', '5', 32]]);
    expect(pairsOf(findGroups(part, { acrossPooling: true }))[0]).toEqual([
      ['0', '3', 16],
      ['5', '9', 32],
    ]);
  });

  it('VGG19 has 8 groups within its stages, 20.03 million parameters, and its linear layer outside', () => {
    const vgg = architecture('vgg19', [3, 32, 32], 10);
    const grouping = findGroups(vgg);
    expect(grouping.chains).toHaveLength(1);
    expect(grouping.chains[0].groups.map(({ units }) => units)).toEqual([64, 128, 256, 256, 512, 512, 512, 512]);
    expect(grouping.others).toHaveLength(1);
    const count = parametersOf(vgg.layers).reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
    expect(count).toBe(20_029_514);
  });

  it('MLPs have the layers of their names', () => {
    const kinds = (name: string) =>
      architecture(name, [784], 10)
        .layers.map(({ kind }) => kind)
        .join(' ');
    expect(kinds('mlp-3-400')).toBe('linear relu linear relu linear');
    expect(kinds('mlp-3-400-factorised')).toBe('linear relu linear linear relu linear linear relu linear');
    expect(parametersOf(architecture('mlp-6-400', [784], 10).layers)).toHaveLength(12);
  });

  it('names what it knows', () => {
    expect(() => architecture('mlp-0-4', [3], 2)).toThrow(/^architecture: expected mlp-L-m, .* got 'mlp-0-4'\.$/);
    expect(() => architecture('vgg19', [3, 8, 8], 2)).toThrow(/^architecture: expected images .* got \[3,8,8\]\.$/);
  });
});
