import type { RelucentError } from '../base/index.js';
import { asRelucentError, errorText, exitCodes } from './errors.js';
import { CommanderError, program, usageError } from './program.js';

/** Reads the arguments, runs the command, returns the exit code; every error ends as one line on stderr. */
export async function runCommand(args: readonly string[]): Promise<number> {
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
    const error = thrown instanceof CommanderError ? usageError(thrown, root, args) : asRelucentError(thrown);
    return error === null ? 0 : report(error);
  }
}

/** Writes the one line and gives the exit code. */
export function report(error: RelucentError): number {
  process.stderr.write(errorText(error, process.env.RELUCENT_DEBUG === '1'));
  return exitCodes[error.kind];
}
