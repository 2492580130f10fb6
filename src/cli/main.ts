#!/usr/bin/env node
import { asRelucentError, codeOf, fileError } from './errors.js';
import { report, runCommand } from './run.js';

/** What no call could catch: errors of streams and workers. */
process.on('uncaughtException', (thrown) => process.exit(report(asRelucentError(thrown))));

/** A reader that has seen enough (`| head`) is no error: the work goes on, its files are written, nobody hears of it. */
process.stdout.on('error', (error) => {
  if (codeOf(error) !== 'EPIPE') process.exit(report(asRelucentError(fileError('stdout', error))));
});

/** Where stderr takes nothing more there is nowhere left to say so. */
process.stderr.on('error', () => undefined);

process.exitCode = await runCommand(process.argv.slice(2));
