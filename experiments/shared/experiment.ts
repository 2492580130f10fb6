import type { Backend } from '../../src/deep/index.js';

/** How an experiment is run; `experiments/run.ts` fills it from the command line. */
export interface ExperimentOptions {
  /** Folder for the results and figures of the group. */
  readonly out: string;
  /** Folder for finished jobs of runs that have not ended. */
  readonly work: string;
  /** Worker threads; results do not depend on it. */
  readonly threads: number;
  /** Cut down to seconds, for tests: fewer data sets, rows and repeats. */
  readonly small: boolean;
  /** Forget jobs that an interrupted run has finished. */
  readonly fresh: boolean;
  /** Folders of data that the repository does not carry, by name (`--data cifar10=<folder>`). */
  readonly data: Readonly<Record<string, string>>;
  /** Of experiments that need a GPU: so many steps of each method on a few images instead of the whole protocol. */
  readonly steps?: number;
  /** What deep networks are trained on; default: the processor. */
  readonly backend?: Backend;
  readonly signal?: AbortSignal;
  /** A line for people. */
  readonly log: (line: string) => void;
  /** A line that the next one replaces. */
  readonly progress: (line: string) => void;
}

/** Something of a paper that can be run by name: `relucent reproduce <group>/<name>`. */
export interface Experiment {
  /** Lower case with hyphens: `table-1`. */
  readonly name: string;
  /** One line: what it is in the paper. */
  readonly title: string;
  /**
   * Of experiments that take `data`: what is missing to run here and how to give it, as a sentence; null when nothing is. `all`
   * leaves the experiment out then and says so.
   */
  readonly missing?: (options: ExperimentOptions) => string | null;
  /** Writes its results (`<out>/<name>.json`) and figures (`<out>/*.svg`), through `writeResult` and `writeFigure`. */
  run(options: ExperimentOptions): Promise<void>;
}
