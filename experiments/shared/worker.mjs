/** Entry of the worker threads of `runJobs`: teaches the thread TypeScript first. */
import { register } from 'tsx/esm/api';

register();
await import('./worker.ts');
