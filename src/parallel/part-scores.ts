import type { Preprocessing } from '../data/index.js';
import { type Encoded, type PartScores, scoresOf } from '../estimators/parts/index.js';
import type { LossName } from '../losses/index.js';
import type { Scores } from '../model/index.js';
import { type ParallelNetwork, parallelScores } from './network.js';

/** Scores on the rows that train a network and on those kept for testing. */
export function scoresOnParts(
  { train, test }: { readonly train: Encoded; readonly test: Encoded | null },
  network: ParallelNetwork,
  { target }: Preprocessing,
  loss: LossName,
): PartScores {
  const on = ({ X, y }: Encoded): Scores => scoresOf(parallelScores(network, X).data, y, target, loss);
  return { train: on(train), test: test && on(test) };
}
