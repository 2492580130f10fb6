import { resolve } from 'node:path';
import { lastLine, peersFolder, pythonPath, run } from '../speed/processes.js';
import { now, rowsOf, type Section, say } from './context.js';
import { circumstances, number, power, table } from './page.js';
import type { Keyed } from './store.js';

/** A problem as bench/peers/globoptiml_claims.py answers it. */
interface Claim {
  readonly n: number;
  readonly d: number;
  readonly seed: number;
  readonly beta: number;
  readonly error?: string;
  readonly certified?: boolean;
  readonly excess?: number;
  readonly claimed_excess?: number;
  readonly seconds?: number;
}

interface ClaimsRow extends Keyed {
  readonly problems: number;
  readonly answered: number;
  readonly certified: number;
  readonly wrong: number;
  readonly rows: readonly Claim[];
}

const key = 'globoptiml';

function chapter(row: ClaimsRow | undefined): string | null {
  if (!row) return null;
  const body = row.rows
    .filter(({ error }) => error === undefined)
    .map((one) => [
      `${one.n} × ${one.d}`,
      `${one.seed}`,
      number(one.beta),
      one.certified ? 'yes' : 'no',
      power(one.excess ?? 0),
      power(one.claimed_excess ?? 0),
      number(one.seconds),
    ]);
  const errors = row.rows.flatMap(({ error }) => (error === undefined ? [] : [error]));
  const reason = errors[0]?.split(';')[0] ?? '';
  const head = ['rows × columns', 'seed', 'β', 'certified', 'its network, excess', 'its claim, excess', 'CPU s'];
  return `## Certified elsewhere: globoptiml

The one other package found that calls a ReLU network certified: \`ConvexReLUNet(exact=True)\`, judged against the optimum by exact enumeration
(\`bench/peers/globoptiml_claims.py\`). Of ${row.problems} problems of 6 to 10 rows it answers ${row.answered}, certifies ${row.certified}, and ${row.wrong} of those are wrong (further off than 1e-4).
${errors.length > 0 ? `The other ${errors.length} end with *${reason}*: its solver is Gurobi, whose free licence has 2000 variables and constraints, and it starts from 200 patterns. More was not tried without a licence.` : ''}

${table(head, body)}

${circumstances([row])}
`;
}

export const certified: Section = {
  name: 'certified',

  async measure(context) {
    const rows = rowsOf<ClaimsRow>(context, 'certified');
    if (rows.has(key)) return;
    say("certified: globoptiml's claims");
    const began = now(context);
    const out = await run(pythonPath(), [resolve(peersFolder, 'globoptiml_claims.py')]);
    rows.put({ key, ...lastLine<Omit<ClaimsRow, keyof Keyed>>(out), ...began });
  },

  chapter: (context) => chapter(rowsOf<ClaimsRow>(context, 'certified').get(key)),
};
