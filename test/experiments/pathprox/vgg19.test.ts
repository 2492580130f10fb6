import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cifar10, methods, searchArguments, svhn, vgg19 } from '../../../experiments/pathprox/vgg19.js';
import { createRandom } from '../../../src/base/index.js';
import { commonArguments } from '../../../src/cli/search.js';
import { architecture, findGroups } from '../../../src/deep/index.js';
import { runHere } from '../../cli/here.js';
import { workFolder } from '../../cli/run.js';
import { optionsIn } from '../options.js';

const folder = workFolder();

/** Records of CIFAR-10, or X and y of SVHN: each class has its own brightness. */
function pixels(count: number): { labels: number[]; data: Uint8Array } {
  const random = createRandom(count);
  const labels = Array.from({ length: count }, (_, n) => n % 10);
  const data = Uint8Array.from(
    { length: count * 3072 },
    (_, k) => 20 * labels[Math.floor(k / 3072)] + random.integer(40),
  );
  return { labels, data };
}

function records(count: number): Uint8Array {
  const { labels, data } = pixels(count);
  return Uint8Array.from(labels.flatMap((label, n) => [label, ...data.subarray(n * 3072, (n + 1) * 3072)]));
}

const word = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];
const element = (type: number, bytes: readonly number[]): number[] => [
  ...[...word(type), ...word(bytes.length), ...bytes],
  ...new Array<number>((8 - (bytes.length % 8)) % 8).fill(0),
];

/** A variable of a MATLAB 5 file: flags, sizes, name, bytes. */
function variable(name: string, shape: readonly number[], values: readonly number[]): number[] {
  const text = [...new TextEncoder().encode(name)];
  const parts = [
    element(6, [...word(9), ...word(0)]),
    element(5, shape.flatMap(word)),
    element(1, text),
    element(2, values),
  ];
  return element(14, parts.flat());
}

function mat(count: number): Uint8Array {
  const { labels, data } = pixels(count);
  const header = new TextEncoder().encode('MATLAB 5.0 MAT-file'.padEnd(124));
  const classes = labels.map((label) => (label === 0 ? 10 : label));
  const X = variable('X', [32, 32, 3, count], [...data]);
  return Uint8Array.from([...header, 0, 1, 0x49, 0x4d, ...X, ...variable('y', [count, 1], classes)]);
}

beforeAll(() => {
  for (const name of ['cifar10', 'svhn']) mkdirSync(folder.at(name));
  writeFileSync(folder.at('cifar10/data_batch_1.bin'), records(20));
  writeFileSync(folder.at('cifar10/test_batch.bin'), records(10));
  writeFileSync(folder.at('svhn/train_32x32.mat'), mat(20));
  writeFileSync(folder.at('svhn/test_32x32.mat'), mat(10));
});
afterAll(() => folder.remove());

const places = () => ({ cifar10: folder.at('cifar10'), svhn: folder.at('svhn') });

describe('VGG19, tasks 3 and 4', () => {
  it('has sixteen convolutions in five stages, eight groups inside them, one linear layer in none', () => {
    const network = architecture('vgg19', [3, 32, 32], 10);
    const widths = network.layers.flatMap((layer) => (layer.kind === 'conv2d' ? [layer.outputs] : []));
    expect(widths).toEqual([64, 64, 128, 128, ...new Array(4).fill(256), ...new Array(8).fill(512)]);
    expect(network.layers.filter(({ kind }) => kind === 'averagePool')).toHaveLength(5);
    const { chains, others } = findGroups(network);
    const groups = chains.flatMap((chain) => chain.groups);
    expect(groups.map(({ units }) => units)).toEqual([64, 128, 256, 256, 512, 512, 512, 512]);
    expect(others).toHaveLength(1);
    // Every group has both its layers in one stage, that is, before the same pool.
    const stage = (path: string): number =>
      network.layers.slice(0, Number(path)).filter(({ kind }) => kind === 'averagePool').length;
    for (const { into, outOf } of groups) expect(stage(into)).toBe(stage(outOf));
  });

  it.each([
    { experiment: vgg19[0], steps: 2 },
    { experiment: vgg19[1], steps: 1 },
  ])('$experiment.name: $steps steps of each method on the processor', async ({ experiment, steps }) => {
    const options = optionsIn(folder.path, { data: places(), steps });
    expect(experiment.missing!(options)).toBeNull();
    await experiment.run(options);
    const { settings, runs } = JSON.parse(readFileSync(folder.at(`out/${experiment.name}-steps.json`), 'utf8'));
    expect([settings.images, settings.groups]).toEqual([10, 8]);
    expect(runs.map(({ method }: { method: string }) => method)).toEqual([...methods]);
    for (const { status, rows } of runs) {
      expect([status, rows.length]).toEqual(['done', steps]);
      for (const { loss, objective, pathNorm, decayObjective, active, units } of rows) {
        expect(Math.abs(loss - Math.log(10))).toBeLessThan(1);
        expect(units).toBe(64 + 128 + 2 * 256 + 4 * 512);
        expect(active).toBe(units);
        // λ times the path norm and weight decay of the last layer; the path norm is the least sum of squares.
        expect(objective).toBeGreaterThan(loss + settings.lambda * pathNorm);
        expect(decayObjective).toBeGreaterThan(objective);
      }
      if (steps > 1) expect(rows[1].objective).toBeLessThan(rows[0].objective);
    }
    // The weights have 80 MB: state, gradients and images of a step, not copies without end.
    expect(process.memoryUsage().rss).toBeLessThan(4e9);
  });

  it('is a search that the command line takes: cut down, its run trains', async () => {
    const small = { ...cifar10, batch: 4, validation: 4, epochs: 1 };
    const search = { method: 'pathprox', rates: [0.01], lambdas: [1e-3], seeds: 1, folder: folder.at('grid') } as const;
    const args = commonArguments(searchArguments(small, search, { data: places(), backend: 'native' }));
    const cell = ['--lr', '0.01', '--lambda', '1e-3', '--seed', '0', '-o', folder.at('cell'), '--quiet'];
    const [name, ...rest] = args;
    expect([name, args.includes('vgg19')]).toEqual(['search', true]);
    // A smaller network for the same options: VGG19 itself has had its steps above.
    const smaller = rest.map((word) => (word === 'vgg19' ? 'cnn-small' : word));
    expect(await runHere(['train', ...smaller, ...cell], folder.path)).toMatchObject({ code: 0, stdout: '' });
    const config = JSON.parse(readFileSync(folder.at('cell/config.json'), 'utf8'));
    expect(config).toMatchObject({ method: 'pathprox', batch: 4, steps: 4, rate: 0.01, lambda: 1e-3 });
    expect(config.schedule).toMatchObject({ kind: 'milestones', at: [320, 480], factor: 0.1 });
  });

  it('has the numbers of the paper, and says what it needs', () => {
    const whole = searchArguments(
      svhn,
      { method: 'weight-decay', rates: svhn.rates, lambdas: svhn.lambdas, seeds: 4, folder: 'x' },
      { data: {}, backend: 'webgpu' },
    ).join(' ');
    expect(whole).toBe(
      'search --data svhn --arch vgg19 --method weight-decay --batch 128 --epochs 1000 --schedule 80,120 --validation 6000 ' +
        '--backend webgpu --lrs 0.03,0.1,0.3,0.5 --lambdas 0.0001,0.0003,0.001,0.003 --seeds 4 --jobs 1 -o x',
    );
    for (const { missing } of vgg19) {
      expect(missing!(optionsIn(folder.path))).toMatch(
        /takes weeks on a processor: add --backend webgpu .* or --steps 3/,
      );
      expect(missing!(optionsIn(folder.path, { backend: 'webgpu' }))).toBeNull();
    }
  });
});
