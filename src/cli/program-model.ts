import type { Command } from 'commander';
import { choice, duration, names } from './arguments.js';
import type { ExportCommand } from './export.js';
import type { PathLambda } from './predict.js';
import { lambdaOrRule, losses, ofPath, option, proveGap, type Settle } from './program-options.js';
import type { VerifyCommand } from './verify.js';

/** The commands about a network that is there: predict, verify, export. */
export function addModel(root: Command, settle: Settle): void {
  addPredict(root, settle);
  addVerify(root, settle);
  addExport(root, settle);
}

function addPredict(root: Command, settle: Settle): void {
  root
    .command('predict <model.json> <data>')
    .description('predict the rows of a table')
    .addOption(ofPath)
    .option('-o, --output <file>', 'CSV to write (default: stdout)')
    .action(async (model: string, data: string, options: { output?: string; lambda?: PathLambda }) =>
      settle((await import('./predict.js')).predictCommand(model, data, options)),
    );
}

function addVerify(root: Command, settle: Settle): void {
  root
    .command('verify <model> <data>')
    .description('check the certificate of a model file, or judge an ONNX network')
    .addOption(option('--target <column>', 'ONNX: column that the network predicts', String))
    .addOption(
      option(
        '--lambda <number>',
        'ONNX: strength to judge by, 1/n scale; path files: which network; or cv, cv-1se',
        lambdaOrRule,
      ),
    )
    .addOption(option('--loss <loss>', `ONNX: ${losses.join(', ')}`, choice('--loss', losses)))
    .addOption(option('--drop <columns>', 'ONNX: columns that are not inputs, between commas', names('--drop')))
    .addOption(option('--time-limit <time>', 'stop after 60s, 5m, 1h', duration('--time-limit')))
    .option('--prove', 'check the proof beside the network, or make one')
    .addOption(proveGap)
    .option('--resume', 'with --prove: go on with the proof beside the network')
    .action(async (model: string, data: string, options: VerifyCommand) =>
      settle((await import('./verify.js')).verifyCommand(model, data, options)),
    );
}

function addExport(root: Command, settle: Settle): void {
  root
    .command('export <model.json>')
    .description('write the model for use without relucent, preprocessing included')
    .addOption(
      option(
        '--to <format>',
        'onnx, js, c or numpy',
        choice('--to', ['onnx', 'js', 'c', 'numpy']),
      ).makeOptionMandatory(),
    )
    .addOption(
      option(
        '--precision <type>',
        'numbers of an ONNX file: float32 (default) or float64',
        choice('--precision', ['float32', 'float64']),
      ),
    )
    .addOption(ofPath)
    .option('-o, --output <file>', 'file to write (default: stdout)')
    .action(async (model: string, options: ExportCommand) =>
      settle((await import('./export.js')).exportCommand(model, options)),
    );
}

/** What a model file holds. */
export function addInfo(root: Command, settle: Settle): void {
  root
    .command('info <model.json>')
    .description('show what a model file holds')
    .addOption(ofPath)
    .action(async (model: string, options: { lambda?: PathLambda }) =>
      settle((await import('./info.js')).infoCommand(model, options)),
    );
}
