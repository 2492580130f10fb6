/** One misuse: what is typed, the exit code, what the line must say (name of file or option, expected, got). */
export type Case = readonly [typed: string, code: number, line: RegExp];

const fit = 'fit data.csv --target price';
const predict = 'predict model.json data.csv';
const judge = 'verify net.onnx data.csv --target price --lambda 1';
const to = 'export model.json --to js';

/** Paths that nothing can be written to, for an option that names a file with this ending. */
export const unwritable = (command: string, flag: string, ending: string): Case[] => [
  [`${command} ${flag} folder`, flag === '--picture' ? 2 : 4, /folder/],
  [`${command} ${flag} none/x${ending}`, 4, /none\/x\S+: the folder none does not exist; make it first/],
  [`${command} ${flag} data.csv/x${ending}`, 4, /data\.csv\/x\S+: .*is a file, not a folder/],
  [`${command} ${flag}=`, 2, /empty|ends in/],
  [`${command} ${flag} ${'n'.repeat(300)}${ending}`, 4, /: the name is too long/],
];

/** What every command that trains refuses. */
const trainingCases = (name: string): Record<string, Case[]> => {
  const typed = `${name} data.csv --target price`;
  return {
    [`${name} --target`]: [
      [
        `${name} data.csv`,
        2,
        /--target: say which column of data\.csv to predict; its columns are width, height, place/,
      ],
      [`${name} data.csv --target prise`, 2, /--target: data\.csv has no column 'prise' .* did you mean 'price'\?/],
    ],
    [`${name} --task`]: [[`${typed} --task cluster`, 2, /--task: expected auto, regression or classification, got/]],
    [`${name} --activation`]: [[`${typed} --activation tanh`, 2, /--activation: expected relu or gated, got 'tanh'/]],
    [`${name} --loss`]: [
      [`${typed} --loss l2`, 2, /--loss: expected auto, squared, huber, .* got 'l2'/],
      [`${typed} --loss softmax`, 2, /the softmax loss does not fit the target 'price'; choose squared or huber/],
    ],
    [`${name} --patterns`]: [[`${typed} --patterns 0`, 2, /--patterns: expected auto, exact or a whole number/]],
    [`${name} --gap`]: [[`${typed} --gap 0`, 2, /--gap: expected a number between 0 and 1, got '0'/]],
    [`${name} --time-limit`]: [[`${typed} --time-limit 0`, 2, /--time-limit: expected a time above 0 .* got '0'/]],
    [`${name} --seed`]: [[`${typed} --seed -1`, 2, /--seed: expected a whole number from 0 to 2147483647, got '-1'/]],
    [`${name} --threads`]: [[`${typed} --threads 0`, 2, /--threads: expected auto or a whole number of at least 1/]],
    [`${name} --drop`]: [
      [`${typed} --drop hieght`, 2, /--drop: data\.csv has no column 'hieght' .* did you mean 'height'\?/],
      [`${typed} --drop price`, 2, /--drop: 'price' is the target/],
    ],
    [`${name} --categorical`]: [[`${typed} --categorical zzz`, 2, /--categorical: .* its columns are width/]],
    [`${name} --lambdas`]: [
      [`${typed} --lambdas 0`, 2, /--lambdas: expected a whole number of at least 1, or λ .* got '0'/],
      [`${typed} --lambdas 0.1,x`, 2, /--lambdas: .* got '0\.1,x'/],
      [`${typed} --lambdas 2.5`, 2, /--lambdas: .* got '2\.5'/],
      [`${typed} --lambdas=-1,2`, 2, /--lambdas: .* got '-1,2'/],
    ],
    [`${name} --min-ratio`]: [
      [`${typed} --min-ratio 0`, 2, /--min-ratio: expected a number between 0 and 1, got '0'/],
      [`${typed} --min-ratio 1`, 2, /--min-ratio: .* got '1'/],
    ],
  };
};

/** Where no folder of figures can be. */
const unmakeable = (command: string): readonly Case[] => [
  [`${command} --figures data.csv`, 4, /data\.csv: is a file; expected a folder, or a new name for one/],
  [`${command} --figures -`, 2, /--figures: expected the path of a folder, got - \(stdout\)/],
];

const path = 'path data.csv --target price';
const cv = 'cv data.csv --target price';

const optimal = 'optimal-set model.json data.csv';
const prune = 'prune model.json data.csv';
const select = 'select model.json data.csv --by fewest';

/** What the commands about optimal networks refuse alike. */
const optimalCases = (name: string, rest = ''): Record<string, Case[]> => {
  const model = `${name} model.json data.csv${rest}`;
  const network = `${name} net.onnx data.csv${rest}`;
  return {
    [`${name} --lambda`]: [
      [`${model} --lambda 0.1`, 2, /--lambda: is for path files; model\.json is a model file/],
      [`${name} path.json data.csv${rest}`, 2, /--lambda: say which network of path\.json/],
      [`${network} --target price`, 2, /--lambda: say the regularisation strength above 0/],
      [`${network} --target price --lambda 0`, 2, /--lambda: say the regularisation strength above 0/],
      [`${network} --target price --lambda -1`, 2, /--lambda: expected a number at least 0, got '-1'/],
    ],
    [`${name} --target`]: [
      [`${model} --target price`, 2, /--target: is for ONNX networks; model\.json says it itself/],
      [`${network} --lambda 1`, 2, /--target: say which column of data\.csv the network predicts/],
      [`${network} --lambda 1 --target prise`, 2, /--target: .* did you mean 'price'\?/],
    ],
    [`${name} --loss`]: [
      [`${model} --loss huber`, 2, /--loss: is for ONNX networks/],
      [`${network} --target price --lambda 1 --loss l2`, 2, /--loss: expected auto, .* got 'l2'/],
      [`${network} --target price --lambda 1 --loss logistic`, 2, /the logistic loss does not fit the target 'price'/],
    ],
    [`${name} --drop`]: [
      [`${model} --drop width`, 2, /--drop: is for ONNX networks/],
      [`${network} --target price --lambda 1 --drop zzz`, 2, /--drop: data\.csv has no column 'zzz'/],
      [`${network} --target price --lambda 1 --drop price`, 2, /--drop: 'price' is the target/],
      [`${network} --target price --lambda 1 --drop width`, 5, /the network has 3 inputs, but data\.csv gives 2/],
    ],
    [`${name} --tolerance`]: [
      [`${model} --tolerance 0`, 2, /--tolerance: expected a number between 0 and 1, got '0'/],
      [`${model} --tolerance 1`, 2, /--tolerance: .* got '1'/],
    ],
    [`${name} --seed`]: [[`${model} --seed -1`, 2, /--seed: expected a whole number from 0 to 2147483647, got '-1'/]],
  };
};

/** Bad values of each option, by command and long flag. A test holds the keys to the options that there are. */
export const optionCases: Readonly<Record<string, readonly Case[]>> = {
  'fit --target': [
    [
      'fit data.csv',
      2,
      /--target: say which column of data\.csv to predict; its columns are width, height, place, price/,
    ],
    ['fit data.csv --target prise', 2, /--target: data\.csv has no column 'prise' .* did you mean 'price'\?/],
    ['fit data.csv --target=', 2, /--target: data\.csv has no column ''/],
    ['fit data.csv --target --lambda 1', 2, /--target: expected a value, got the option --lambda/],
  ],
  'fit --task': [[`${fit} --task cluster`, 2, /--task: expected auto, regression or classification, got 'cluster'/]],
  'fit --lambda': [
    [`${fit} --lambda abc`, 2, /--lambda: expected cv, cv-1se or a number at least 0, got 'abc'/],
    [`${fit} --lambda cv-2se`, 2, /--lambda: .* got 'cv-2se'/],
    [`${fit} --lambda -1`, 2, /--lambda: .* got '-1'/],
    [`${fit} --lambda NaN`, 2, /--lambda: .* got 'NaN'/],
    [`${fit} --lambda 1e400`, 2, /--lambda: .* got '1e400'/],
    [`${fit} --lambda 0,1`, 2, /--lambda: .* got '0,1'/],
  ],
  'fit --activation': [[`${fit} --activation tanh`, 2, /--activation: expected relu or gated, got 'tanh'/]],
  'fit --loss': [
    [`${fit} --loss l2`, 2, /--loss: expected auto, squared, huber, .* got 'l2'/],
    [`${fit} --loss softmax`, 2, /the softmax loss does not fit the target 'price'; choose squared or huber/],
  ],
  'fit --patterns': [
    [`${fit} --patterns some`, 2, /--patterns: expected auto, exact or a whole number of at least 1, got 'some'/],
    [`${fit} --patterns 0`, 2, /--patterns: .* got '0'/],
    [`${fit} --patterns 2.5`, 2, /--patterns: .* got '2\.5'/],
  ],
  'fit --gap': [
    [`${fit} --gap 0`, 2, /--gap: expected a number between 0 and 1, got '0'/],
    [`${fit} --gap 1`, 2, /--gap: .* got '1'/],
    [`${fit} --gap -1e-6`, 2, /--gap: .* got '-1e-6'/],
  ],
  'fit --time-limit': [
    [`${fit} --time-limit 0`, 2, /--time-limit: expected a time above 0 .* got '0'/],
    [`${fit} --time-limit abc`, 2, /--time-limit: .* got 'abc'/],
    [`${fit} --time-limit -3s`, 2, /--time-limit: .* got '-3s'/],
  ],
  'fit --seed': [
    [`${fit} --seed -1`, 2, /--seed: expected a whole number from 0 to 2147483647, got '-1'/],
    [`${fit} --seed 1.5`, 2, /--seed: .* got '1\.5'/],
    [`${fit} --seed 3000000000`, 2, /--seed: .* got '3000000000'/],
  ],
  'fit --threads': [
    [`${fit} --threads 0`, 2, /--threads: expected auto or a whole number of at least 1, got '0'/],
    [`${fit} --threads -2`, 2, /--threads: .* got '-2'/],
    [`${fit} --threads all`, 2, /--threads: .* got 'all'/],
  ],
  'fit --test-fraction': [
    [`${fit} --test-fraction 1`, 2, /--test-fraction: expected a share at least 0 and below 1, got '1'/],
    [`${fit} --test-fraction -0.1`, 2, /--test-fraction: .* got '-0\.1'/],
    [`${fit} --test-fraction 20%`, 2, /--test-fraction: .* got '20%'/],
  ],
  'fit --drop': [
    [`${fit} --drop hieght`, 2, /--drop: data\.csv has no column 'hieght' .* did you mean 'height'\?/],
    [`${fit} --drop price`, 2, /--drop: 'price' is the target; leave it out of --drop or name another --target/],
    [`${fit} --drop width,,height`, 2, /--drop: expected column names between commas, got 'width,,height'/],
    [`${fit} --drop width,height,place`, 3, /no feature column is left/],
  ],
  'fit --categorical': [
    [`${fit} --categorical zzz`, 2, /--categorical: .* its columns are width/],
    [
      `${fit} --categorical price`,
      2,
      /--categorical: 'price' is the target; --task classification takes it as classes/,
    ],
    [`${fit} --categorical place --drop place`, 2, /--categorical: 'place' is under --drop as well; choose one/],
    [`${fit} --categorical=`, 2, /--categorical: expected column names between commas, got ''/],
  ],
  'fit --layers': [
    [`${fit} --layers 1`, 2, /--layers: expected a whole number from 2, got '1'/],
    [`${fit} --layers 3 --lambda 0`, 2, /--lambda: parallel networks need a number above 0, cv or cv-1se, got 0/],
    [`${fit} --layers 3 --folds 1000`, 2, /folds must be a whole number from 2 to the \d+ rows, got 1000/],
    [`${fit} --layers 3 --measure auc`, 2, /the measure auc does not fit the target 'price' .* choose mse or mae/],
    [`${fit} --layers 3 --loss logistic`, 2, /the logistic loss does not fit the target 'price'/],
    [`${fit} --layers 3 --prove`, 2, /--prove: is for two-layer networks; leave it out with --layers/],
    [`${fit} --layers 3 --json`, 2, /--json: is for two-layer networks; leave it out with --layers/],
    [`${fit} --layers 9`, 2, /--width: a sub-network of widths 2·2·2·2·2·2·2 has 128 first-layer neurons; at most 64/],
    [`${fit} --layers 3 --lambda 1 --report x.html`, 2, /--report: is for two-layer networks; leave it out/],
    [`${fit} --layers 3 --lambda 1 --activation gated`, 2, /--activation: parallel networks are relu only/],
  ],
  'fit --regularizer': [
    [`${fit} --regularizer l1`, 2, /--regularizer: expected weight-decay or path, got 'l1'/],
    [
      `${fit} --layers 4 --regularizer weight-decay --lambda 1`,
      2,
      /at most 3 layers, got 4; use the regularizer 'path'/,
    ],
  ],
  'fit --width': [[`${fit} --width 0`, 2, /--width: expected a whole number from 1, got '0'/]],
  'fit --rank': [
    [`${fit} --rank 0`, 2, /--rank: expected a whole number from 1, got '0'/],
    [`${fit} --rank 99`, 2, /--rank: must be at most \d+, the rank of the data, got 99/],
    [`${fit} --rank 99 --lambda 1`, 2, /--rank: must be at most \d+, the rank of the data, got 99/],
  ],
  'fit --skip': [[`${fit} --skip --rank 1 --lambda 1`, 2, /--rank: cannot be combined with a skip branch/]],
  'fit --picture': [
    [`${fit} --picture a.gif`, 2, /--picture: expected a file that ends in \.svg or \.png, got 'a\.gif'/],
    ...unwritable(fit, '--picture', '.svg'),
    [`${fit} --picture a.svg -o ./folder/../a.svg`, 2, /a\.svg: is written twice; name two files/],
  ],
  'fit --folds': [
    [`${fit} --folds 1`, 2, /--folds: expected a whole number from 2, got '1'/],
    [`${fit} --folds 1000`, 2, /folds must be a whole number from 2 to the \d+ rows, got 1000/],
  ],
  'fit --measure': [
    [`${fit} --measure r2`, 2, /--measure: expected auto, mse, mae, deviance, accuracy or auc, got 'r2'/],
    [`${fit} --measure auc`, 2, /the measure auc does not fit the target 'price' .* choose mse or mae/],
  ],
  'fit --figures': unmakeable(fit),
  'fit --report': [
    ...unwritable(fit, '--report', '.html'),
    [`${fit} --report a.html -o a.html`, 2, /a\.html: is written twice; name two files/],
  ],
  ...trainingCases('path'),
  'path --max-neurons': [[`${path} --max-neurons -1`, 2, /--max-neurons: expected a whole number from 0, got '-1'/]],
  'path --max-deviance': [
    [`${path} --max-deviance 2`, 2, /--max-deviance: expected a number between 0 and 1, got '2'/],
  ],
  'path --test-fraction': [
    [`${path} --test-fraction 1`, 2, /--test-fraction: expected a share at least 0 and below 1, got '1'/],
  ],
  'path --resume': [
    [`${path} --resume -o none.json`, 4, /none\.json: there is no path to go on with; leave out --resume/],
    [`${path} --resume -o model.json`, 5, /model\.json: expected a relucent path file .* got format 'relucent-model'/],
    [`${path} --resume -o -`, 2, /--resume: goes on with the file of -o; name a file there/],
  ],
  'path --folds': [
    [`${path} --folds 3`, 2, /--folds, --measure: are for --cv; add it, or leave them out/],
    [`${path} --cv --folds 1`, 2, /--folds: expected a whole number from 2, got '1'/],
    [`${path} --cv --folds 1000`, 2, /folds must be a whole number from 2 to the \d+ rows, got 1000/],
  ],
  'path --measure': [
    [`${path} --cv --measure r2`, 2, /--measure: expected auto, mse, mae, deviance, accuracy or auc, got 'r2'/],
    [`${path} --cv --measure auc`, 2, /the measure auc does not fit the target 'price' .* choose mse or mae/],
  ],
  'path --figures': unmakeable(path),
  'path --report': [
    ...unwritable(path, '--report', '.html'),
    [`${path} --report a.html -o a.html`, 2, /a\.html: is written twice; name two files/],
  ],
  'path --output': [
    ...unwritable(path, '--output', '.json'),
    [`${path} -o data.csv`, 2, /data\.csv: is the input data\.csv; name another file to write/],
  ],
  ...trainingCases('cv'),
  'cv --folds': [
    [`${cv} --folds 1`, 2, /--folds: expected a whole number from 2, got '1'/],
    [`${cv} --folds 1000`, 2, /folds must be a whole number from 2 to the \d+ rows, got 1000/],
  ],
  'cv --repeats': [[`${cv} --repeats 0`, 2, /--repeats: expected a whole number from 1, got '0'/]],
  'cv --groups': [
    [`${cv} --groups plase`, 2, /--groups: data\.csv has no column 'plase' .* did you mean 'place'\?/],
    [`${cv} --groups price`, 2, /--groups: 'price' is the target; name another column/],
    [`${cv} --groups place --fold-column width`, 2, /groups and foldColumn both say which rows go together/],
  ],
  'cv --fold-column': [
    [`${cv} --fold-column zzz`, 2, /--fold-column: data\.csv has no column 'zzz'/],
    [`${cv} --fold-column place`, 3, /the fold column 'place' must hold whole numbers from 0 or 1/],
  ],
  'cv --stratify': [[`${cv} --stratify`, 2, /stratify needs classes, and the target holds numbers; leave it out/]],
  'cv --measure': [[`${cv} --measure r2`, 2, /--measure: expected auto, mse, mae, deviance, accuracy or auc/]],
  'cv --patience': [[`${cv} --patience 0`, 2, /--patience: expected a whole number from 1, got '0'/]],
  'cv --resume': [
    [`${cv} --resume`, 2, /--resume: goes on with the file of -o; name a file there/],
    [`${cv} --resume -o none.json`, 4, /none\.json: there is no cross-validation to go on with; leave out --resume/],
    [`${cv} --resume -o model.json`, 5, /model\.json: expected an unfinished cross-validation of relucent/],
  ],
  'cv --figures': unmakeable(cv),
  'cv --output': [
    ...unwritable(cv, '--output', '.json'),
    [`${cv} -o data.csv`, 2, /data\.csv: is the input data\.csv; name another file to write/],
  ],
  'predict --lambda': [
    [`${predict} --lambda 0.1`, 2, /--lambda: is for path files; model\.json is a model file and has its own/],
    [`${predict} --lambda -1`, 2, /--lambda: expected cv, cv-1se or a number at least 0, got '-1'/],
    [`${predict.replace('model', 'path')} --lambda cv`, 2, /--lambda cv: path\.json has no cross-validation/],
    ['predict path.json data.csv', 2, /--lambda: say which network of path\.json: any λ from .* to /],
    ['predict path.json data.csv --lambda 1e9', 2, /--lambda: .* is outside path\.json, which goes from/],
  ],
  'export --lambda': [[`${to} --lambda 0.1`, 2, /--lambda: is for path files; model\.json is a model file/]],
  'info --lambda': [['info model.json --lambda 0.1', 2, /--lambda: is for path files; model\.json is a model file/]],
  'fit --json': [[`${fit} --json -o -`, 2, /--json and -o - both write to stdout; choose one/]],
  'fit --output': [
    ...unwritable(fit, '--output', '.json'),
    [`${fit} -o data.csv`, 2, /data\.csv: is the input data\.csv; name another file to write/],
    [`${fit} -o folder/../link.csv`, 2, /link\.csv: is the input data\.csv/],
  ],
  'predict --output': [
    ...unwritable(predict, '--output', '.csv'),
    [`${predict} -o model.json`, 2, /model\.json: is the input model\.json/],
    [`${predict} -o link.csv`, 2, /link\.csv: is the input data\.csv/],
  ],
  'verify --target': [
    ['verify model.json data.csv --target price', 2, /--target: is for ONNX networks; model\.json is a model file/],
    ['verify net.onnx data.csv --lambda 1', 2, /--target: say which column of data\.csv the network predicts/],
    ['verify net.onnx data.csv --lambda 1 --target prise', 2, /--target: .* did you mean 'price'\?/],
  ],
  'verify --lambda': [
    ['verify model.json data.csv --lambda 1', 2, /--lambda: is for ONNX networks/],
    ['verify path.json data.csv', 2, /--lambda: say which network of path\.json: one of /],
    ['verify path.json data.csv --lambda 1e9', 2, /--lambda: path\.json has no certificate at .*; it has /],
    ['verify net.onnx data.csv --target price', 2, /--lambda: say by which regularisation strength/],
    ['verify net.onnx data.csv --target price --lambda -1', 2, /--lambda: .* got '-1'/],
  ],
  'verify --loss': [
    ['verify model.json data.csv --loss huber', 2, /--loss: is for ONNX networks/],
    [`${judge} --loss l2`, 2, /--loss: expected auto, .* got 'l2'/],
    [`${judge} --loss logistic`, 2, /the logistic loss does not fit the target 'price'/],
  ],
  'verify --drop': [
    ['verify model.json data.csv --drop width', 2, /--drop: is for ONNX networks/],
    [`${judge} --drop zzz`, 2, /--drop: data\.csv has no column 'zzz'/],
    [`${judge} --drop price`, 2, /--drop: 'price' is the target/],
    [`${judge} --drop width`, 5, /the network has 3 inputs, but data\.csv gives 2/],
  ],
  'fit --prove': [
    [`${fit} --prove -o -`, 2, /--prove: keeps a file beside the model; name one with -o, not -/],
    [`${fit} --prove --activation gated`, 2, /--prove: is for ReLU networks, not for --activation gated/],
  ],
  'fit --prove-gap': [
    [`${fit} --prove-gap 5%`, 2, /--prove-gap: is for --prove; give both/],
    [`${fit} --prove --prove-gap 0`, 2, /--prove-gap: expected a share between 0 and 1 such as 0\.05 or 5%, got '0'/],
    [`${fit} --prove --prove-gap 100%`, 2, /--prove-gap: expected a share .* got '100%'/],
    [`${fit} --prove --prove-gap x%`, 2, /--prove-gap: expected a share .* got 'x%'/],
  ],
  'verify --prove': [['verify - data.csv --prove', 2, /--prove: keeps a file beside the model/]],
  'verify --prove-gap': [['verify model.json data.csv --prove-gap 5%', 2, /--prove-gap: is for --prove; give both/]],
  'verify --resume': [['verify model.json data.csv --resume', 2, /--resume: is for --prove; give both/]],
  'verify --time-limit': [
    ['verify model.json data.csv --time-limit 0', 2, /--time-limit: .* got '0'/],
    ['verify model.json data.csv --time-limit abc', 2, /--time-limit: .* got 'abc'/],
  ],
  'export --to': [
    ['export model.json', 2, /--to <format>: is required/],
    ['export model.json --to pmml', 2, /--to: expected onnx, js, c or numpy, got 'pmml'/],
  ],
  'export --precision': [
    [`${to} --precision float32`, 2, /--precision: is for --to onnx; js code always has float64/],
    ['export model.json --to onnx --precision half', 2, /--precision: expected float32 or float64, got 'half'/],
  ],
  'export --output': [
    ...unwritable(to, '--output', '.mjs'),
    [`${to} -o model.json`, 2, /model\.json: is the input model\.json/],
  ],
  ...optimalCases('optimal-set'),
  'optimal-set --points': [
    [`${optimal} --points nothing.csv`, 4, /nothing\.csv: there is no such file/],
    [`${optimal} --points no-width.csv`, 3, /no-width\.csv: column 'width' is missing, the model needs it/],
    ['optimal-set - data.csv --points -', 2, /only one input can be '-'/],
  ],
  ...optimalCases('prune'),
  'prune --to': [
    [`${prune} --to -1`, 2, /--to: expected a whole number from 0, got '-1'/],
    [`${prune} --to 2.5`, 2, /--to: .* got '2\.5'/],
    [`${prune} --to 3 --minimal`, 2, /--to, --max-loss-increase and --minimal are three goals; choose one/],
  ],
  'prune --max-loss-increase': [
    [`${prune} --max-loss-increase -1%`, 2, /--max-loss-increase: expected a share at least 0 such as 1% .* got '-1%'/],
    [`${prune} --max-loss-increase much`, 2, /--max-loss-increase: .* got 'much'/],
    [`${prune} --max-loss-increase 1% --to 3`, 2, /three goals; choose one/],
  ],
  'prune --method': [
    [`${prune} --method best`, 2, /--method: expected optimal, norm, gradient or random, got 'best'/],
    [`${prune} --method norm`, 2, /--method: norm has no exact steps; say how far it should go with --to/],
  ],
  'prune --report': [
    ...unwritable(prune, '--report', '.html'),
    [`${prune} --report a.html -o a.html`, 2, /a\.html: is written twice; name two files/],
  ],
  'prune --output': [
    ...unwritable(prune, '--output', '.json'),
    [`${prune} -o model.json`, 2, /model\.json: is the input model\.json/],
  ],
  ...optimalCases('select', ' --by fewest'),
  'select --by': [
    ['select model.json data.csv', 2, /--by <rule>: is required/],
    ['select model.json data.csv --by best', 2, /--by: expected min-norm, max-norm, fewest or validation, got 'best'/],
  ],
  'select --validation': [
    [`${select} --validation others.csv`, 2, /--validation: is for --by validation, got --by fewest/],
    [
      'select model.json data.csv --by validation --validation no-price.csv',
      3,
      /no-price\.csv: .*price.* is missing|no-price\.csv: .*'price'/,
    ],
    ['select net.onnx data.csv --target price --lambda 0.2 --by validation', 2, /--validation: the model kept no rows/],
  ],
  'select --output': [
    ...unwritable(select, '--output', '.json'),
    [`${select} -o model.json`, 2, /model\.json: is the input model\.json/],
  ],
};

/** What each command says of a table that cannot be read, whatever the command. */
export const unreadableTables: readonly Case[] = [
  ['nothing.csv', 4, /nothing\.csv: there is no such file/],
  ['folder', 4, /folder: is a folder; expected a file/],
  ['data.csv/x', 4, /data\.csv\/x: a part of the path is a file, not a folder/],
  ['', 2, /expected the path of a file, got an empty one/],
  ['empty.csv', 3, /empty\.csv: the file is empty; expected a header and rows/],
  ['blank.csv', 3, /blank\.csv: the file is empty/],
  ['header.csv', 3, /header\.csv: no rows below the header in line 1; expected at least one/],
  ['ragged.csv', 3, /ragged\.csv: line 3 has 3 cells, expected 4 as in line 1/],
  ['twice.csv', 3, /twice\.csv: line 1: columns 1 and 3 are both named 'width'; rename one/],
  ['unnamed.csv', 3, /unnamed\.csv: line 1: column 2 has no name; name every column/],
  ['quote.csv', 3, /quote\.csv: line 2: a quote is opened and never closed/],
  ['half-header.csv', 3, /half-header\.csv: line 1 holds both names and numbers/],
  ['latin1.csv', 3, /latin1\.csv: line 2 is not UTF-8; save the file as UTF-8/],
  ['utf16.csv', 3, /utf16\.csv: is UTF-16; save it as UTF-8/],
  ['nul.csv', 3, /nul\.csv: line 2 holds NUL characters/],
  ['packed.csv', 3, /packed\.csv: is compressed with gzip; unpack it first/],
  [
    'long.csv',
    6,
    /long\.csv: about \d+ rows × 4 columns take \S+ GB as float64, at most 1\.5 GB fit; train on a sample/,
  ],
  ['huge.npy', 6, /huge\.npy: 4000000000 rows × 50 columns take 1600 GB as float64, at most 1\.5 GB fit/],
  ['cut.npy', 3, /cut\.npy: cannot be read as npy .*truncated, damaged/],
  ['text.npy', 3, /text\.npy: dtype U2; expected integers, floats or booleans/],
  ['cube.npy', 3, /cube\.npy: shape \(2, 2, 2\); expected n×d/],
  ['cut.npz', 3, /cut\.npz: cannot be read as npz .*truncated, damaged/],
  ['broken.npz', 3, /broken\.npz: X\.npy: cannot be read as npy/],
  ['other.npz', 3, /other\.npz: a zip file without npy arrays; expected npz/],
  ['cut.parquet', 3, /cut\.parquet: cannot be read as Parquet .*truncated or damaged/],
  ['broken.parquet', 3, /broken\.parquet: cannot be read as Parquet .*truncated or damaged/],
  ['brotli.parquet', 3, /brotli\.parquet: compressed with BROTLI; write the Parquet file with snappy, zstd/],
  ['broken-zstd.parquet', 3, /broken-zstd\.parquet: cannot be read as Parquet .*truncated or damaged/],
];

/** What each command says of a model file that cannot be read. */
export const unreadableModels: readonly Case[] = [
  ['nothing.json', 4, /nothing\.json: there is no such file/],
  ['folder', 4, /folder: is a folder; expected a file/],
  ['', 2, /expected the path of a file, got an empty one/],
  ['empty.json', 5, /empty\.json: expected a relucent model file, but it is empty/],
  ['cut.json', 5, /cut\.json: expected a relucent model file, but it is not JSON, or cut off/],
  ['list.json', 5, /list\.json: expected a relucent model file \(format 'relucent-model'\), got JSON without it/],
  ['other.json', 5, /other\.json: expected a relucent model file/],
  ['newer.json', 5, /newer\.json: expected format version 1, got 2 \(relucent 9\.1\.0\); install a newer relucent/],
  ['older.json', 5, /older\.json: formatVersion: .*expected 1; the model file is damaged or was edited/],
  ['field.json', 5, /field\.json: weights: .*; the model file is damaged or was edited, write it again/],
  ['unknown-field.json', 5, /unknown-field\.json: Unrecognized key: "colour"; the model file is damaged/],
  ['number.json', 5, /number\.json: objective\.lambda: expected number, received string/],
  ['shape.json', 5, /shape\.json: .*(inputs|7)/],
  ['tie.json', 5, /tie\.json: tieRule: .*expected "x·g >= 0 is active"/],
];

/** What each command says of tables that can be read and do not fit, by command. */
export const unfitTables: readonly Case[] = [
  ['optimal-set model.json others.csv', 3, /others\.csv: is not the table that model\.json was trained on/],
  ['prune model.json others.csv', 3, /others\.csv: is not the table that model\.json was trained on/],
  ['select model.json no-width.csv --by fewest', 3, /no-width\.csv: /],
  [
    'fit text.csv --target price',
    3,
    /text\.csv: line 13, column 'width': 'wide' is text in a column of numbers \(\d+ of \d+ cells/,
  ],
  [
    'fit infinite.csv --target price',
    3,
    /infinite\.csv: line 6, column 'width': expected a finite number, got 'Infinity'/,
  ],
  [
    'fit overflow.csv --target price',
    3,
    /overflow\.csv: line 6, column 'width': expected a finite number, got '1e999'/,
  ],
  ['fit commas.csv --target price', 3, /commas\.csv: line 2, column 'width': '1,0' has a comma in a number/],
  [
    'fit constant.csv --target price',
    3,
    /constant\.csv: target 'price' is constant \(7\.5\); there is nothing to learn/,
  ],
  [
    'fit one-class.csv --target price',
    3,
    /one-class\.csv: target 'price' has one class \('yes'\); expected two or more/,
  ],
  ['fit many-classes.csv --target price', 3, /many-classes\.csv: target 'price' has 20 classes in 20 rows/],
  ['fit no-target.csv --target price', 3, /no-target\.csv: target 'price' has no values; choose another column/],
  ['fit text-target.csv --target price', 3, /text-target\.csv: line 5, column 'price': 'cheap' is not a finite number/],
  ['fit infinite-target.csv --target price', 3, /infinite-target\.csv: line 5, column 'price': '-inf' is not a finite/],
  [
    'fit one-row.csv --target price',
    3,
    /one-row\.csv: target 'price' has a value in one row only; at least two are needed/,
  ],
  [
    'fit two-rows.csv --target price --task regression',
    3,
    /two-rows\.csv: 2 rows with a target leave 1 to train beside 1 to test; at least 2/,
  ],
  ['fit no-features.csv --target price', 3, /no-features\.csv: no feature column is left \(.*every cell is missing/],
  ['fit only-target.csv --target price', 3, /only-target\.csv: no feature column is left; expected at least one/],
  ['predict model.json no-width.csv', 3, /no-width\.csv: column 'width' is missing, the model needs it/],
  ['predict model.json other-name.csv', 3, /other-name\.csv: column 'width' is missing, .* did you mean 'Width'\?/],
  ['predict model.json other-type.csv', 3, /other-type\.csv: line 2, column 'width': expected a number, got 'broad'/],
  [
    'predict model.json infinite.csv',
    3,
    /infinite\.csv: line 6, column 'width': expected a finite number, got 'Infinity'/,
  ],
  ['verify model.json no-width.csv', 3, /no-width\.csv: /],
  ['verify model.json no-price.csv', 2, /no-price\.csv: no column 'price' \(the target\)/],
  ['verify model.json constant.csv', 3, /constant\.csv: target 'price' is constant/],
  ['verify model.json other-type.csv', 3, /other-type\.csv: line \d, column 'width': expected a number/],
  ['verify model.json others.csv', 7, /model\.json: rejected: the table is not the one .* trained on/],
  ['verify labels.json new-class.csv', 3, /new-class\.csv: line 2, target 'label': expected one of .* got 'maybe'/],
  ['verify net.onnx no-width.csv --target price --lambda 1', 3, /no-width\.csv/],
];
