/** Runs jobs until it is killed: `node --import tsx interrupted.ts <work folder>`. */
import { runJobs } from '../../experiments/shared/jobs.js';
import { optionsIn, squares } from './options.js';

const [work] = process.argv.slice(2);
await runJobs(squares(12, 150), optionsIn(work));
