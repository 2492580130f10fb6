import type { Backend } from '../deep/index.js';
import { carryOut } from './carry-out.js';
import { readDataOf } from './run-data.js';
import { RunFolder } from './run-folder.js';
import { Session } from './session.js';

export interface ResumeCommand {
  readonly threads?: number;
  readonly backend?: Backend;
  readonly quiet?: boolean;
}

/** `relucent resume`: goes on with a run; it ends with the bytes of one that was never stopped. */
export function resumeCommand(path: string, { quiet, ...options }: ResumeCommand): Promise<number> {
  return Session.run({ quiet }, async (session) => {
    const folder = await RunFolder.open(path);
    const config = await folder.config();
    const kept = await folder.state(config);
    const examples = await readDataOf(session, folder, config);
    session.text.section('Run', [`${path}: ${config.method}, from step ${kept?.steps ?? 0} of ${config.steps}`]);
    return carryOut(session, folder, config, examples, options);
  });
}
