import type { LossName } from '../index.js';

/** What every command that trains takes, as the argument reader gives it. */
export interface TrainingCommand {
  readonly target?: string;
  readonly task: 'auto' | 'regression' | 'classification';
  readonly activation: 'relu' | 'gated';
  readonly loss: 'auto' | LossName;
  readonly patterns: 'auto' | 'exact' | number;
  readonly gap: number;
  readonly timeLimit?: number;
  readonly seed: number;
  readonly threads: 'auto' | number;
  readonly hiddenBias?: boolean;
  readonly outputBias: boolean;
  readonly standardize: boolean;
  readonly drop?: readonly string[];
  readonly categorical?: readonly string[];
  readonly quiet?: boolean;
}
