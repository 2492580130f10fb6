import type { Command } from 'commander';
import { choice, whole, wordOrCount } from './arguments.js';
import { option, type Settle } from './program-options.js';
import type { ReproduceCommand } from './reproduce.js';

/** Each use of an option adds one entry. */
const folder = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

export function addReproduce(root: Command, settle: Settle): void {
  root
    .command('reproduce <experiment>')
    .description("run a paper's experiment from a checkout: group/name, group/all, all, list")
    .addOption(
      option(
        '--threads <number>',
        'auto or a number; the results do not depend on it',
        wordOrCount('--threads', ['auto']),
        'auto' as const,
      ),
    )
    .option('--small', 'cut down to seconds')
    .option('--fresh', 'forget what an interrupted run has finished')
    .option('--out <folder>', 'where results and figures go (default: experiments/<group>/results)')
    .addOption(option('--data <name=folder>', 'data that the repository does not carry; may come again', folder))
    .addOption(option('--steps <number>', 'VGG19: so many steps instead of the whole protocol', whole('--steps', 1)))
    .addOption(
      option('--backend <name>', 'VGG19: native, wasm or webgpu', choice('--backend', ['native', 'wasm', 'webgpu'])),
    )
    .action(async (name: string, options: ReproduceCommand) =>
      settle((await import('./reproduce.js')).reproduceCommand(name, options)),
    );
}

export function addStudio(root: Command, settle: Settle): void {
  root
    .command('studio [data]')
    .description('serve a page that trains, proves and shows networks; with a table, it opens that')
    .addOption(option('--port <number>', 'port on this machine; 0 takes a free one', whole('--port', 0, 65535), 4300))
    .action(async (data: string | undefined, options: { port: number }) =>
      settle((await import('./studio.js')).studioCommand(data, options)),
    );
}
