export interface Task {
  readonly data: 'planted' | 'mnist38';
  readonly n: number;
  readonly d: number;
  readonly patterns: number;
  readonly loss: 'squared' | 'logistic';
  /** λ itself, or its share of the longest price ‖XᵀDr‖/n at the start. */
  readonly lambda?: number;
  readonly ratio?: number;
  readonly gap: number;
  readonly threads: number;
  readonly timePass: boolean;
  /** mnist38: the folder of the idx files. */
  readonly folder?: string;
}

export interface Solve {
  readonly n: number;
  readonly d: number;
  readonly lambda: number;
  readonly status: string;
  readonly primal: number;
  readonly relativeGap: number;
  readonly neurons: number;
  readonly newtonSteps: number;
  readonly evaluations: number;
  /** CPU seconds of all threads, and of the clock. */
  readonly cpu: number;
  readonly wall: number;
}

export interface Pass {
  /** CPU seconds of one price + proximal step + forward product near the optimum. */
  readonly cpu: number;
}

export interface Measurement {
  /** The folder left out. */
  readonly task: Task;
  readonly solve: Solve;
  readonly pass: Pass | null;
  /** Largest resident memory of the process, in MB of 10⁶ bytes. */
  readonly megabytes: number;
}

export interface Exponents {
  readonly n: number;
  readonly d: number;
  readonly patterns: number;
  /** Seconds at the middle of the grid. */
  readonly middle: number;
}

export interface ScaleResults {
  readonly machine: string;
  grid: readonly Measurement[];
  large: readonly Measurement[];
  mnist: readonly Measurement[];
  exponents: { readonly pass?: Exponents; readonly solve?: Exponents };
}
