/** Calls stopped at random moments, and what they then say. */
import { fit } from '../../src/index.js';
import { abortTrial, contradictions, stopped, untruths } from '../../test/property/aborts.js';

export interface AbortSummary {
  readonly trials: number;
  readonly failing: number;
  /** How often each status and scope came. */
  readonly ends: Readonly<Record<string, number>>;
  /** Longest from the call to its end beyond the moment it was to stop, in wall seconds. */
  readonly slowestStop: number;
}

/** Trials stopped by the number of events, by milliseconds and by the time limit in turn. */
export async function abortTrials(count: number): Promise<AbortSummary> {
  const ends: Record<string, number> = {};
  let [failing, slowestStop] = [0, 0];
  for (let index = 0; index < count; index++) {
    const trial = abortTrial(index, (['events', 'milliseconds', 'time limit'] as const)[index % 3]);
    const begun = performance.now();
    const result = await stopped(trial);
    const took = (performance.now() - begun) / 1000;
    const { stop } = trial;
    const asked = stop.kind === 'milliseconds' ? stop.after / 1000 : stop.kind === 'time limit' ? stop.seconds : took;
    if (took - asked > slowestStop) slowestStop = took - asked;
    const end = `${result.status}, ${result.certificate.scope}`;
    ends[end] = (ends[end] ?? 0) + 1;
    const full = await fit(trial.X, trial.y, trial.options);
    const found = [...untruths(trial, result), ...contradictions(trial, result, full)];
    if (found.length > 0) failing++;
    for (const sentence of found) console.log(`FAIL ${trial.name}: ${sentence}`);
  }
  return { trials: count, failing, ends, slowestStop };
}
