/** Our side, in a process of its own: answers {set, method, fold}, a line of JSON each, as bench/peers/tabular.py does. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { relucentScore } from './ours.js';
import { type PlannedSet, readTable } from './plan.js';
import type { RowKey } from './rows.js';

const { values } = parseArgs({ options: { plan: { type: 'string' }, data: { type: 'string' } } });
const { plan, data } = values;
if (plan === undefined || data === undefined) throw new Error('serve.ts: expected --plan FILE and --data FOLDER.');
const { sets } = JSON.parse(readFileSync(plan, 'utf8')) as { sets: readonly PlannedSet[] };

async function answered(key: RowKey): Promise<object> {
  try {
    const planned = sets.find(({ name }) => name === key.set);
    if (!planned) return { error: `no set '${key.set}' in the plan` };
    const answer = await relucentScore(await readTable(data as string, key.set), planned, key.fold);
    return { ...key, ...answer };
  } catch (error) {
    return { error: `${key.set}, fold ${key.fold}: ${(error as Error).message}` };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answered(JSON.parse(line)))}\n`);
}
