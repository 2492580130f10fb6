/** One run of `npm run bench`: ratios to a baseline measured in the same run, so that the machine's speed cancels. Higher is better. */
export interface Entry {
  /** ISO date and time. */
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  readonly load: number;
  readonly ratios: Readonly<Record<string, number>>;
}

/** A ratio that has fallen. */
export interface Fall {
  readonly name: string;
  readonly now: number;
  readonly best: number;
  /** Where it was at its best. */
  readonly entry: Entry;
}

/** A fall of more than this share of the best is said. */
export const tolerated = 0.15;

/** The ratios that lie more than 15 % below the best that the same machine has shown before; the deepest first. */
export function falls(entry: Entry, history: readonly Entry[]): Fall[] {
  const same = history.filter(({ machine }) => machine === entry.machine);
  const found = Object.entries(entry.ratios).flatMap(([name, now]) => {
    const best = bestOf(name, same);
    return best && now < (1 - tolerated) * best.ratios[name]
      ? [{ name, now, best: best.ratios[name], entry: best }]
      : [];
  });
  return found.sort((a, b) => a.now / a.best - b.now / b.best);
}

/** The entry in which a ratio was highest; undefined where it was never measured. */
function bestOf(name: string, entries: readonly Entry[]): Entry | undefined {
  const measured = entries.filter(({ ratios }) => Number.isFinite(ratios[name]));
  return measured.reduce<Entry | undefined>(
    (best, entry) => (best === undefined || entry.ratios[name] > best.ratios[name] ? entry : best),
    undefined,
  );
}

/** One line about the run. */
export function verdict(found: readonly Fall[], entry: Entry, history: readonly Entry[]): string {
  const before = history.filter(({ machine }) => machine === entry.machine).length;
  const count = Object.keys(entry.ratios).length;
  if (found.length > 0) {
    const parts = found.map(
      ({ name, now, best, entry: at }) =>
        `${name} ${percent(1 - now / best)} below its best (${short(now)}, was ${short(best)} at ${at.commit})`,
    );
    return `bench: fallen: ${parts.join('; ')}.`;
  }
  if (before === 0) return `bench: ${count} ratios noted, the first on this machine.`;
  return `bench: none of ${count} ratios more than ${percent(tolerated)} below its best of ${before} earlier runs on this machine.`;
}

const percent = (share: number): string => `${Math.round(100 * share)} %`;
const short = (value: number): string => `${Number(value.toPrecision(3))}`;
