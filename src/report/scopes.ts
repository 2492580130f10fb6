import type { CertificateData } from './data.js';
import { formatGap } from './text.js';

type Scope = CertificateData['scope'];

/** What a closed gap means, by the scope of the certificate. */
export const scopeNames: Readonly<Record<Scope, string>> = {
  exact: 'globally optimal, proved',
  priced: 'globally optimal as far as a search of all directions can see; no proof',
  sampled: 'optimal over the stated activation patterns',
  bound: 'a lower bound is proved, optimality is open',
};

/** What the dual value says, by scope. */
export const dualWords: Readonly<Record<Scope, string>> = {
  exact: 'proved: no such network of any width is below',
  priced: 'none is below, unless the search missed one',
  sampled: 'proved: none with these patterns is below',
  bound: 'proved: no such network of any width is below',
};

/** What it means to someone who has not read about certificates; `gap` is a share in per cent. */
const meanings: Readonly<Record<Scope, (gap: string) => string>> = {
  exact: (gap) =>
    `However long anyone trains, and with however many neurons: on these training rows and at this λ no network of this kind has an objective that is lower by more than ${gap} of its value.`,
  priced: (gap) =>
    `To within ${gap} the network is the best of all that use its activation patterns, and a search over all other patterns found none that would help. That is strong evidence, not a proof; what is proved for every network is the bound below.`,
  sampled: (gap) =>
    `To within ${gap} the network is the best of all that use the activation patterns it was given. Others may do better; what is proved for every network is the bound below.`,
  bound: () =>
    'Training ended at this network. It may be the best or not: between its objective and the proved bound there is room.',
};

export interface Verdict {
  /** The gap that was asked for is reached. */
  readonly reached: boolean;
  /** One line. */
  readonly headline: string;
  readonly meaning: string;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** What is proved, first in one line and then in plain words. */
export function verdictOf({ scope, relativeGap, tolerance }: CertificateData): Verdict {
  const reached = relativeGap <= tolerance;
  const gap = formatGap(Math.max(0, relativeGap));
  const inPercent = `${formatGap(100 * Math.max(0, relativeGap))} %`;
  if (reached)
    return { reached, headline: `${capital(scopeNames[scope])} (gap ${gap})`, meaning: meanings[scope](inPercent) };
  const open = scope === 'bound' ? `${capital(scopeNames.bound)}: gap` : 'Gap';
  return {
    reached,
    headline: `${open} ${gap}, above the ${formatGap(tolerance)} asked for`,
    meaning: meanings.bound(inPercent),
  };
}
