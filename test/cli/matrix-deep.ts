import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import type { Case } from './matrix.js';
import { unwritable } from './matrix.js';

/** A command line that is right, so that one thing can be made wrong; it reads data.csv and the folder `run`. */
export const deepRight: Readonly<Record<string, readonly string[]>> = {
  train: 'train --data data.csv --target price --arch mlp-2-3 --steps 2 --batch 4 -o made'.split(' ').slice(1),
  search: 'search --data data.csv --target price --arch mlp-2-3 --steps 2 --lrs 0.1 --lambdas 0.01 -o made'
    .split(' ')
    .slice(1),
  resume: ['run'],
  compare: ['run', 'run'],
  compact: ['run', '-o', 'made.onnx'],
  balance: ['run/network.onnx', '-o', 'made.onnx'],
  corrupt: ['image-run', '--examples', '2'],
};

/** What makes the folder `run`. */
export const makeRun =
  'train --data data.csv --target price --arch mlp-2-3 --steps 2 --batch 4 --validation 5 --quiet -o run';

/** Right values of options, where 0.5 is not one. */
export const deepValues: Readonly<Record<string, string>> = {
  '--arch': 'mlp-2-3',
  '--from': 'x.onnx',
  '--optimiser': 'sgd',
  '--schedule': 'cosine',
  '--backend': 'native',
  '--epochs': '5',
  '--steps': '5',
  '--batch': '5',
  '--prune-from': '5',
  '--measure-every': '5',
  '--checkpoint-every': '5',
  '--per-class': '5',
  '--seeds': '5',
  '--jobs': '5',
  '--data-folder': 'x',
  '--data': 'x',
  '--lr': '0.5',
  '--lrs': '0.5',
  '--port': '5',
  '--corruptions': 'fog',
  '--severities': '1,2',
  '--examples': '5',
  '--official': 'x',
  '--out': 'x',
};

/** Bytes of an idx file: these sizes, then the values. */
const idx = (sizes: readonly number[], value: (i: number) => number): Uint8Array => {
  const count = sizes.reduce((a, b) => a * b, 1);
  const header = [0, 0, 8, sizes.length, ...sizes.flatMap((size) => [0, 0, size >> 8, size & 255])];
  return Uint8Array.from([...header, ...Array.from({ length: count }, (_, i) => value(i))]);
};

/** Folders that only look like runs, beside a good one. */
export function writeBadRuns(at: (name: string) => string, config: string): void {
  const edited = (change: object): string => JSON.stringify({ ...JSON.parse(config), ...change });
  const mixed = 'relucent-deep-state-1\n{"precision":"float32","steps":2,"tensors":[]}\n';
  const bad: Readonly<Record<string, readonly [file: string, content: string]>> = {
    'cut-run': ['config.json', config.slice(0, config.length / 2)],
    'other-run': ['config.json', '{"hello": 1}'],
    'list-run': ['config.json', '[1, 2]'],
    'null-run': ['config.json', 'null'],
    'field-run': ['config.json', edited({ architecture: undefined })],
    'number-run': ['config.json', edited({ steps: 'many' })],
    'layer-run': ['config.json', edited({ architecture: { name: 'x', input: [3], layers: [{ kind: 'attention' }] } })],
    'state-run': ['checkpoint.bin', 'no state'],
    'header-run': ['checkpoint.bin', 'relucent-deep-state-1\n{"precision"\n'],
    'short-run': [
      'checkpoint.bin',
      'relucent-deep-state-1\n{"precision":"float32","steps":2,"tensors":[{"length":9}]}\n',
    ],
    'mixed-run': ['checkpoint.bin', mixed],
    'log-run': ['log.jsonl', '{"step": 2, "loss"\n'],
    'row-run': ['log.jsonl', '{"hello": 1}\n'],
  };
  cpSync(at('run'), at('old-grid/lr-0.1-lambda-0.01-seed-0'), { recursive: true });
  for (const [name, [file, content]] of Object.entries(bad)) {
    cpSync(at('run'), at(name), { recursive: true });
    writeFileSync(`${at(name)}/${file}`, content);
  }
  mkdirSync(at('images'));
  mkdirSync(at('few-images'));
  for (const part of ['train', 't10k']) {
    writeFileSync(`${at('images')}/${part}-images-idx3-ubyte.gz`, 'no gzip');
    writeFileSync(`${at('images')}/${part}-labels-idx1-ubyte.gz`, 'no gzip');
    writeFileSync(
      `${at('few-images')}/${part}-images-idx3-ubyte`,
      idx([20, 8, 8], (i) => i % 251),
    );
    writeFileSync(
      `${at('few-images')}/${part}-labels-idx1-ubyte`,
      idx([20], (i) => i % 10),
    );
  }
}

/** A run on the images of `writeBadRuns`, and what makes it. */
export const makeImageRun =
  'train --data mnist --data-folder few-images --arch mlp-2-3 --steps 2 --batch 4 --validation 0 --quiet -o image-run';

const noRuns: readonly Case[] = [
  ['', 2, /expected the (folder of a run|path of a file), got an empty/],
  ['nothing', 4, /nothing: there is no such file/],
  ['data.csv/x', 4, /data\.csv\/x: a part of the path is a file, not a folder/],
  ['folder', 4, /folder: expected the folder of a run, but it holds no config\.json/],
];

const badConfigs: readonly Case[] = [
  ['cut-run', 5, /cut-run\/config\.json: expected the settings of a run, got damaged JSON/],
  ['other-run', 5, /other-run\/config\.json: expected the settings of a run, got another kind of file/],
  ['list-run', 5, /list-run\/config\.json: .* got another kind of file/],
  ['null-run', 5, /null-run\/config\.json: .* got another kind of file/],
  ['field-run', 5, /field-run\/config\.json: expected the settings of a run: architecture: .* damaged or edited/],
  ['number-run', 5, /number-run\/config\.json: .*steps: .*expected (int|number).*, received string/],
  ['layer-run', 5, /layer-run\/config\.json: .*architecture\.layers\.0\.kind: .*linear/],
  ['state-run', 5, /state-run\/checkpoint\.bin: expected the state of a deep run, got another kind of file/],
  ['header-run', 5, /header-run\/checkpoint\.bin: expected the state of a run, got a damaged file/],
  ['mixed-run', 5, /mixed-run\/checkpoint\.bin: expected 9 numbers for 0\.weight, got 0; the file is of another run/],
  ['short-run', 5, /short-run\/checkpoint\.bin: expected \d+ bytes, got \d+/],
];

/** What a command that reads settings and state of a run says of folders that hold none. */
export const unreadableStates: readonly Case[] = [
  ...noRuns,
  ['data.csv', 4, /data\.csv: is a file; expected the folder of a run/],
  ...badConfigs,
];

/** The same of commands that read the log as well. */
export const unreadableRuns: readonly Case[] = [
  ...unreadableStates,
  ['log-run', 5, /log-run\/log\.jsonl: line 1: expected a measurement, got damaged JSON/],
  ['row-run', 5, /row-run\/log\.jsonl: line 1: expected a measurement: step: /],
];

const noNetworks: readonly Case[] = [
  ['', 2, /expected the (folder of a run|path of a file), got an empty/],
  ['nothing.onnx', 4, /nothing\.onnx: there is no such file/],
  ['data.csv/x', 4, /data\.csv\/x: a part of the path is a file, not a folder/],
  ['data.csv', 5, /data\.csv: expected an ONNX file/],
  ['empty.csv', 5, /empty\.csv: .*ONNX/],
  ['garbled.onnx', 5, /garbled\.onnx: .*ONNX/],
  ['model.json', 5, /model\.json: .*ONNX/],
  ['net.onnx', 5, /net\.onnx: expected a chain of layers/],
];

/** What `compact` says of networks and runs that it cannot read, and `balance`, which takes no runs. */
export const unreadableNetworks: readonly Case[] = [
  ...noNetworks,
  ['folder', 4, /folder: expected the folder of a run, but it holds no config\.json/],
  ...badConfigs,
];
export const unreadableOnnx: readonly Case[] = [...noNetworks, ['folder', 4, /folder: is a folder; expected a file/]];

/** What `studio` says of tables that it cannot hand to its page, which reads them. */
export const unservable: readonly Case[] = [
  ['', 2, /expected the path of a file, got an empty one/],
  ['-', 2, /expected the path of a file, got - \(stdin\); save the table first/],
  ['nothing.csv', 4, /nothing\.csv: there is no such file/],
  ['data.csv/x', 4, /data\.csv\/x: a part of the path is a file, not a folder/],
  ['folder', 4, /folder: expected a file with a table, got a folder or device/],
  ['/dev/null', 4, /\/dev\/null: expected a file with a table, got a folder or device/],
];

/** The command line without one of its options. */
const without = (line: string, flag: string): string => line.replace(new RegExp(` ${flag} \\S+`), '');

/** What `train` and `search` refuse alike. */
function gridCases(name: 'train' | 'search'): Record<string, Case[]> {
  const line = [name, ...deepRight[name]].join(' ');
  const images = line.replace('data.csv --target price', 'mnist');
  const few = `${without(images, '--arch')} --data-folder few-images --validation 2`;
  const other = (from: string, to: string): string => line.replace(from, to);
  const whole = (flag: string, least: number, ...bad: string[]): Case[] =>
    bad.map((value) => [
      `${without(line, flag)} ${flag} ${value}`,
      2,
      new RegExp(`${flag}: expected a whole number from ${least}, got '${value.replace('.', '\\.')}'`),
    ]);
  return {
    [`${name} --data`]: [
      [without(line, '--data'), 2, /--data <data>: is required/],
      [
        other('data.csv', 'mnits').replace(' --target price', ''),
        2,
        /--target: .* of mnits .*image sets are mnist, fash/,
      ],
      [other('data.csv', '-'), 2, /--data: expected the path of a file, got - \(stdin\); a run reads its data again/],
      [other('data.csv', 'toString'), 4, /toString: there is no such file/],
    ],
    [`${name} --arch`]: [
      [other('mlp-2-3', 'resnet'), 2, /--arch: expected mlp-L-m, .* got 'resnet'/],
      [`${few} --arch vgg19`, 2, /--arch: expected images .* of at least 32 x 32 for vgg19, got \[1,8,8\]/],
      [other('mlp-2-3', 'mlp-0-4'), 2, /--arch: expected mlp-L-m, .* got 'mlp-0-4'/],
      [other('mlp-2-3', 'cnn-small'), 2, /--arch: expected images \[channels, height, width\] .* got \[3\]/],
      [other('mlp-2-3', 'mlp-9999999999-4'), 2, /--arch: expected at most 1000 layers, got 9999999999/],
      [other('mlp-2-3', 'mlp-3-99999999'), 6, /--arch: mlp-3-99999999 has .* weights; expected at most/],
      [without(line, '--arch'), 2, /say which network by one of --arch .* and --from .*, got none/],
    ],
    [`${name} --from`]: [
      [`${line} --from run/network.onnx`, 2, /say which network by one of --arch .* and --from .*, got both/],
      [other('--arch mlp-2-3', '--from nothing.onnx'), 4, /nothing\.onnx: there is no such file/],
      [other('--arch mlp-2-3', '--from data.csv'), 5, /data\.csv: expected an ONNX file/],
      [other('--arch mlp-2-3', '--from net.onnx'), 5, /net\.onnx: expected a chain of layers/],
      [
        other('--arch mlp-2-3', '--from run/network.onnx --drop width'),
        2,
        /--from: run\/network\.onnx takes \[3\] and gives 1 outputs, but the data has \[2\] and 1/,
      ],
    ],
    [`${name} --method`]: [[`${line} --method ista`, 2, /--method: expected pathprox, .* or none, got 'ista'/]],
    [`${name} --epochs`]: [
      ...whole('--epochs', 1, '0', '2.5', '-1'),
      [`${line} --epochs 2`, 2, /say how long by one of --epochs and --steps, got both/],
    ],
    [`${name} --steps`]: [
      ...whole('--steps', 1, '0', '2.5', 'all'),
      [without(line, '--steps'), 2, /say how long by one of --epochs and --steps, got none/],
    ],
    [`${name} --batch`]: [
      ...whole('--batch', 1, '0'),
      [`${without(line, '--batch')} --batch 999`, 2, /--batch: expected at most the 32 training examples, got 999/],
    ],
    [`${name} --optimiser`]: [[`${line} --optimiser rmsprop`, 2, /--optimiser: expected sgd, momentum or adam, got/]],
    [`${name} --schedule`]: [
      [`${line} --schedule linear`, 2, /--schedule: expected constant, cosine or epochs .* got 'linear'/],
      [`${line} --schedule 80,,120`, 2, /--schedule: .* got '80,,120'/],
      [`${line} --schedule 0`, 2, /--schedule: .* got '0'/],
    ],
    [`${name} --prune-from`]: [
      ...whole('--prune-from', 0, '-1'),
      [`${line} --prune-from 1 --method lasso`, 2, /--prune-from: is for --method pathprox, got lasso/],
    ],
    [`${name} --groups`]: [
      [`${line} --groups first`, 2, /--groups: expected pairs of layers such as 1-3,5-7, got 'first'/],
      [`${line} --groups 0-3`, 2, /--groups: expected pairs among 0-2, got 0-3/],
      [`${other('mlp-2-3', 'mlp-1-3')} --groups 0-2`, 2, /--groups: no two layers of the network make a pair/],
      [`${line} --groups 0-2,0-2`, 2, /--groups: layer 0 is in two pairs/],
    ],
    [`${name} --precision`]: [
      [`${line} --precision half`, 2, /--precision: expected float32 or float64, got 'half'/],
      [`${few} --arch cnn-small --precision float64`, 2, /--precision: float64 is for networks without convolutions/],
    ],
    [`${name} --measure-every`]: whole('--measure-every', 1, '0'),
    [`${name} --checkpoint-every`]: whole('--checkpoint-every', 1, '0', 'never'),
    [`${name} --validation`]: [
      ...whole('--validation', 0, '-1', '0.2'),
      [`${few.replace(/ \S+$/, ' 20')} --arch mlp-2-3`, 2, /--validation: expected fewer than the 20 examples/],
      [`${line} --validation 32`, 2, /--validation: expected fewer than the 32 examples to take them from, got 32/],
    ],
    [`${name} --per-class`]: [
      ...whole('--per-class', 1, '0'),
      [`${few} --arch mlp-2-3 --per-class 5`, 3, /--per-class: expected 5 examples of class \d, got 2/],
      [`${line} --per-class 5`, 2, /--per-class: is for image sets; data\.csv is not one/],
    ],
    [`${name} --augment`]: [[`${line} --augment`, 2, /--augment: is for image sets; data\.csv is not one/]],
    [`${name} --data-folder`]: [
      [`${line} --data-folder folder`, 2, /--data-folder: is for image sets; data\.csv is not one/],
      [`${images} --data-folder folder`, 4, /folder: expected the files of MNIST: .*; not all are there/],
      [`${images} --data-folder nowhere`, 4, /--data-folder: there is no folder 'nowhere'/],
      [`${images} --data-folder data.csv/x`, 4, /--data-folder: there is no folder 'data\.csv\/x'/],
      [`${images} --data-folder data.csv`, 4, /--data-folder: there is no folder 'data\.csv'/],
      [`${images} --data-folder images`, 3, /-ubyte\.gz: cannot be unpacked .*damaged/],
    ],
    [`${name} --target`]: [
      [without(line, '--target'), 2, /--target: say which column of data\.csv to predict/],
      [other('price', 'prise'), 2, /--target: data\.csv has no column 'prise' .* did you mean 'price'\?/],
      [`${images} --target price`, 2, /--target: is for tables; mnist is an image set/],
    ],
    [`${name} --task`]: [
      [`${line} --task cluster`, 2, /--task: expected auto, regression or classification, got 'cluster'/],
      [`${images} --task regression`, 2, /--task: is for tables; mnist is an image set/],
    ],
    [`${name} --no-standardize`]: [
      [`${images} --no-standardize`, 2, /--no-standardize: is for tables; mnist is an image set/],
    ],
    [`${name} --drop`]: [
      [`${line} --drop hieght`, 2, /--drop: data\.csv has no column 'hieght' .* did you mean 'height'\?/],
      [`${line} --drop price`, 2, /--drop: 'price' is the target/],
      [`${line} --drop width,,height`, 2, /--drop: expected column names between commas, got 'width,,height'/],
      [`${line} --drop width,height,place`, 3, /no feature column is left/],
      [`${images} --drop width`, 2, /--drop: is for tables; mnist is an image set/],
    ],
    [`${name} --categorical`]: [
      [`${line} --categorical zzz`, 2, /--categorical: .* its columns are width/],
      [`${line} --categorical price`, 2, /--categorical: 'price' is the target/],
      [`${images} --categorical width`, 2, /--categorical: is for tables; mnist is an image set/],
    ],
    [`${name} --test-fraction`]: [
      [`${line} --test-fraction 1`, 2, /--test-fraction: expected a share at least 0 and below 1, got '1'/],
      [`${line} --test-fraction -0.1`, 2, /--test-fraction: .* got '-0\.1'/],
    ],
    [`${name} --output`]: [
      [without(line, '-o'), 2, /--output <folder>: is required/],
      [without(line, '-o').concat(' --output='), 2, /--output: expected the path of a folder, got an empty one/],
      [other('-o made', '-o -'), 2, /--output: expected the path of a folder, got - \(stdout\)/],
      [other('-o made', '-o data.csv'), 4, /data\.csv: is a file; expected a folder/],
      [other('-o made', '-o data.csv/x'), 4, /data\.csv\/x: a part of the path is a file, not a folder/],
      [other('-o made', `-o ${'n'.repeat(300)}`), 4, /: the name is too long/],
      [other('-o made', '-o run'), 2, /run: holds a run/],
    ],
    ...machineCases(name),
  };
}

function machineCases(name: string): Record<string, Case[]> {
  const line = [name, ...deepRight[name]].join(' ');
  return {
    [`${name} --threads`]: [
      [`${line} --threads 0`, 2, /--threads: expected a whole number from 1, got '0'/],
      [`${line} --threads 1.5`, 2, /--threads: .* got '1\.5'/],
    ],
    [`${name} --backend`]: [[`${line} --backend gpu`, 2, /--backend: expected native, wasm or webgpu, got 'gpu'/]],
  };
}

const train = ['train', ...deepRight.train].join(' ');
const search = ['search', ...deepRight.search].join(' ');
const grid = (from: string, to: string): string => search.replace(from, to);
const deepGrid = gridCases('search');
const corrupt = ['corrupt', ...deepRight.corrupt].join(' ');
const reproduce = 'reproduce optimal-sets/figure-1 --small';

/** Bad values of each option of the commands for deep networks, of `reproduce` and of `studio`. */
export const deepOptionCases: Readonly<Record<string, readonly Case[]>> = {
  ...gridCases('train'),
  'train --backend': [
    ...(machineCases('train')['train --backend'] ?? []),
    [
      `${train} --backend webgpu --precision float64`,
      2,
      /--backend: webgpu computes in float32; leave out --precision/,
    ],
  ],
  'train --lambda': [
    [`${train} --lambda abc`, 2, /--lambda: expected cv or a number at least 0, got 'abc'/],
    [`${train} --lambda -1`, 2, /--lambda: .* got '-1'/],
    [`${train} --lambda cv`, 2, /--lambda cv: needs examples to validate on; add --validation/],
  ],
  'train --lr': [
    [`${train} --lr 0`, 2, /--lr: expected a number above 0, got '0'/],
    [`${train} --lr fast`, 2, /--lr: .* got 'fast'/],
  ],
  'train --seed': [[`${train} --seed -1`, 2, /--seed: expected a whole number from 0 to 2147483647, got '-1'/]],
  ...deepGrid,
  'search --lrs': [
    [without(search, '--lrs'), 2, /--lrs <numbers>: is required/],
    [grid('--lrs 0.1', '--lrs 0.1,x'), 2, /--lrs: expected different numbers above 0 between commas, got '0\.1,x'/],
    [grid('--lrs 0.1', '--lrs 0'), 2, /--lrs: .* got '0'/],
    [grid('--lrs 0.1', '--lrs 0.1,1e-1'), 2, /--lrs: .* got '0\.1,1e-1'/],
  ],
  'search --lambdas': [
    [without(search, '--lambdas'), 2, /--lambdas <numbers>: is required/],
    [grid('--lambdas 0.01', '--lambdas=-1'), 2, /--lambdas: expected different numbers of at least 0 .* got '-1'/],
    [grid('--lambdas 0.01', '--lambdas 1,,2'), 2, /--lambdas: .* got '1,,2'/],
    [grid('--lambdas 0.01', '--lambdas 1,1'), 2, /--lambdas: .* got '1,1'/],
  ],
  'search --steps': [
    ...(deepGrid['search --steps'] ?? []),
    [
      grid('-o made', '-o old-grid'),
      2,
      /old-grid\/lr-0\.1-lambda-0\.01-seed-0: began with another \w+.*; go on with the options of then/,
    ],
  ],
  'search --seeds': [[`${search} --seeds 0`, 2, /--seeds: expected a whole number from 1, got '0'/]],
  'search --jobs': [[`${search} --jobs 0`, 2, /--jobs: expected a whole number from 1, got '0'/]],
  ...machineCases('resume'),
  'compare --report': [
    ...unwritable('compare run', '--report', '.html'),
    ['compare run --report run/config.json', 2, /run\/config\.json: is the input run\/config\.json/],
  ],
  'compact --output': [
    ['compact run', 2, /--output <file>: is required/],
    ...unwritable('compact run', '--output', '.onnx'),
    ['compact run -o run/network.onnx', 2, /run\/network\.onnx: is the input run\/network\.onnx/],
    ['compact run/network.onnx -o run/network.onnx', 2, /run\/network\.onnx: is the input run\/network\.onnx/],
  ],
  'balance --output': [
    ['balance run/network.onnx', 2, /--output <file>: is required/],
    ...unwritable('balance run/network.onnx', '--output', '.onnx'),
    ['balance run/network.onnx -o run/network.onnx', 2, /run\/network\.onnx: is the input run\/network\.onnx/],
  ],
  'corrupt --corruptions': [
    [`${corrupt} --corruptions fogg`, 2, /--corruptions: expected all or names among shot_noise, .* got 'fogg'/],
    [`${corrupt} --corruptions snow`, 2, /--corruptions: .*canny_edges, got 'snow'/],
    [`${corrupt} --corruptions fog,,zigzag`, 2, /--corruptions: expected names between commas, got 'fog,,zigzag'/],
    [`${corrupt} --corruptions fog,fog`, 2, /--corruptions: 'fog' comes twice; name it once/],
    ['corrupt run', 2, /run: expected a run on images \(mnist, .*\), got one on data\.csv; corruptions are of images/],
  ],
  'corrupt --severities': ['0', '6', '1.5', '1,1', '1,,2', 'all'].map((bad) => [
    `${corrupt} --severities ${bad}`,
    2,
    new RegExp(`--severities: expected different numbers from 1 to 5 between commas, got '${bad.replace('.', '\\.')}'`),
  ]),
  'corrupt --examples': [
    ['corrupt image-run --examples 0', 2, /--examples: expected a whole number from 1, got '0'/],
    ['corrupt image-run --examples 21', 2, /--examples: expected at most the 20 test images, got 21/],
  ],
  'corrupt --seed': [[`${corrupt} --seed -1`, 2, /--seed: expected a whole number from 0 to 2147483647, got '-1'/]],
  'corrupt --official': [
    [
      `${corrupt} --official nowhere`,
      4,
      /--official: there is no folder 'nowhere'; get MNIST-C \(mnist_c\.zip, https:.*unpack/,
    ],
    [`${corrupt} --official data.csv`, 4, /--official: there is no folder 'data\.csv'/],
    [`${corrupt} --official folder`, 4, /folder\/shot_noise\/test_images\.npy: there is no such file; get MNIST-C/],
    [`${corrupt} --official folder --severities 1`, 2, /--severities: the files of MNIST-C have one severity; leave/],
  ],
  'corrupt --report': [
    ...unwritable(corrupt, '--report', '.html'),
    [`${corrupt} --report made.html -o made.html`, 2, /made\.html: is written twice; name two files/],
  ],
  'corrupt --output': [
    ...unwritable(corrupt, '--output', '.json'),
    [`${corrupt} -o image-run/config.json`, 2, /image-run\/config\.json: is the input image-run\/config\.json/],
  ],
  ...machineCases('corrupt'),
  'reproduce --threads': [[`${reproduce} --threads 0`, 2, /--threads: expected auto or a whole number of at least 1/]],
  'reproduce --out': [
    [`${reproduce} --out=`, 2, /--out: expected the path of a folder, got an empty one/],
    [`${reproduce} --out data.csv`, 4, /data\.csv: is a file; expected a folder/],
    [`${reproduce} --out data.csv/x`, 4, /data\.csv\/x: a part of the path is a file, not a folder/],
  ],
  'reproduce --data': [
    [`${reproduce} --data folder`, 2, /--data: expected <name>=<folder>, got 'folder'/],
    [`${reproduce} --data =folder`, 2, /--data: expected <name>=<folder>, got '=folder'/],
    [`${reproduce} --data cifar=`, 2, /--data: expected <name>=<folder>, got 'cifar='/],
    [`${reproduce} --data cifar=data.csv/x`, 4, /--data: data\.csv\/x: there is no such folder/],
    [`${reproduce} --data cifar=nowhere`, 4, /--data: nowhere: there is no such folder/],
    [`${reproduce} --data cifar=folder --data uci=data.csv`, 4, /--data: data\.csv: is a file; expected a folder/],
  ],
  'reproduce --steps': [[`${reproduce} --steps 0`, 2, /--steps: expected a whole number from 1, got '0'/]],
  'reproduce --backend': [[`${reproduce} --backend gpu`, 2, /--backend: expected native, wasm or webgpu, got 'gpu'/]],
  'studio --port': [
    ['studio --port 65536', 2, /--port: expected a whole number from 0 to 65535, got '65536'/],
    ['studio --port -1', 2, /--port: .* got '-1'/],
    ['studio --port http', 2, /--port: .* got 'http'/],
  ],
};
