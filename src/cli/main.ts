#!/usr/bin/env node
import type { RelucentError } from '../base/index.js';
import { asRelucentError, codeOf, errorText, exitCodes, fileError } from './errors.js';
import { CommanderError, program, usageError } from './program.js';

/** Reads the arguments, runs the command, returns the exit code; every error ends as one line on stderr. */
async function main(args: readonly string[]): Promise<number> {
  let code = 0;
  const root = program((result) => {
    code = result;
  });
  if (args.length === 0) {
    root.outputHelp();
    return 0;
  }
  try {
    await root.parseAsync(args, { from: 'user' });
    return code;
  } catch (thrown) {
    const error = thrown instanceof CommanderError ? usageError(thrown) : asRelucentError(thrown);
    return error === null ? 0 : report(error);
  }
}

/** Writes the one line and gives the exit code. */
function report(error: RelucentError): number {
  process.stderr.write(errorText(error, process.env.RELUCENT_DEBUG === '1'));
  return exitCodes[error.kind];
}

/** What no call could catch: errors of streams and workers. */
process.on('uncaughtException', (thrown) => process.exit(report(asRelucentError(thrown))));

/** A reader that has seen enough (`| head`) is no error. */
process.stdout.on('error', (error) => {
  if (codeOf(error) === 'EPIPE') process.exit(0);
  process.exit(report(asRelucentError(fileError('stdout', error))));
});

process.exitCode = await main(process.argv.slice(2));
