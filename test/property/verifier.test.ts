import { describe, expect, it } from 'vitest';
import { type Answer, fitSmall, forgeries, forgeryNames, verdictOn } from './forgeries.js';
import { kinds, smallProblem } from './small-problems.js';

/** Two of each kind, apart from those of the benchmark. */
const problems = Array.from({ length: 2 * kinds.length }, (_, k) => smallProblem(2000 + k));
const answers = new Map<string, Answer>();

async function answerTo(name: string): Promise<Answer> {
  const known = answers.get(name);
  if (known !== undefined) return known;
  const problem = problems.find((p) => p.name === name) as (typeof problems)[number];
  const { weights, certificate } = await fitSmall(problem, { patterns: 'exact' });
  const answer = { problem, weights, certificate };
  answers.set(name, answer);
  return answer;
}

describe('the verifier accepts what fit certifies', () => {
  it.each(problems.map(({ name }) => name))('%s', async (name) => {
    expect(await verdictOn(await answerTo(name))).toMatchObject({ accepted: true, reasons: [] });
  });
});

describe.each(forgeryNames)('the verifier rejects: %s', (forgery) => {
  it('wherever it makes the claim false, which is nearly everywhere', async () => {
    let made = 0;
    for (const { name } of problems) {
      const statement = await forgeries[forgery](await answerTo(name));
      if (statement === null) continue;
      made++;
      const { accepted, reasons } = await verdictOn(statement);
      expect(accepted, name).toBe(false);
      expect(reasons.length, name).toBeGreaterThan(0);
    }
    expect(made).toBeGreaterThanOrEqual(0.7 * problems.length);
  });
});
