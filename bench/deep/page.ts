/** The page and the lines of `bench/deep.ts`. */

/** Milliseconds a step. */
export interface Times {
  readonly wall: number;
  readonly cpu: number;
}

export interface StepRow {
  readonly name: string;
  readonly batch: number;
  readonly method: string;
  readonly threads: number;
  readonly ours: Times;
  readonly theirs: Times;
  /** Of the runtime's own matrix product, per second of CPU. */
  readonly share: number;
  readonly limit: number;
  readonly aim: number;
}

export interface Machine {
  readonly cores: number;
  readonly node: string;
  readonly torch: string;
  readonly commit: string;
  /** 10⁹ operations a second. */
  readonly peak: number;
  /** Mean number of busy processes in the minute before. */
  readonly load: number;
}

export const tableHead = [
  '| network (batch) | method | threads | ours: wall, CPU | PyTorch: wall, CPU | ratio: wall, CPU | at most (aim) | share of peak |',
  '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |',
].join('\n');

export function tableLine({ name, batch, method, threads, ours, theirs, share, limit, aim }: StepRow): string {
  const times = ({ wall, cpu }: Times): string => `${wall.toFixed(1)}, ${cpu.toFixed(1)}`;
  const ratios = `**${(ours.wall / theirs.wall).toFixed(2)}**, ${(ours.cpu / theirs.cpu).toFixed(2)}`;
  const goal = `${limit.toFixed(1)} (${aim.toFixed(1)})`;
  const cells = [
    `${name} (${batch})`,
    method,
    threads,
    times(ours),
    times(theirs),
    ratios,
    goal,
    `${(100 * share).toFixed(0)} %`,
  ];
  return `| ${cells.join(' | ')} |`;
}

export const page = ({ cores, node, torch, commit, peak, load }: Machine, rows: readonly StepRow[]): string =>
  `# A training step beside PyTorch

    npx tsx bench/deep.ts --write

${cores} cores, Node ${node}, PyTorch ${torch} (CPU), sources of src/deep of commit ${commit}; load average before the run ${load.toFixed(2)}.

One step is forward pass, gradients, update, and for PathProx balance and prox: float32, plain SGD, random inputs. Both sides take turns in one run; medians of
milliseconds a step over 7 turns (VGG19: 3). PyTorch has its threads set to the same number, updates of all tensors in one call (foreach), and for convolutions the better of its
two layouts. Peak: ONNX Runtime's product of two 1024 × 1024 matrices, ${peak.toFixed(0)} · 10⁹ operations a second of CPU; the share counts the products of
forward pass and gradients alone.

${tableHead}
${rows.map(tableLine).join('\n')}
`;
