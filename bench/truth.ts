/**
 * Are the certificates true? 500 random small problems of ten kinds, every answer held against an independent solution of
 * the enumerated program, against plain training from many starts, and against the verifier, true and forged.
 *
 *   npx tsx bench/truth.ts [--first 500] [--restarts 200] [--out docs/benchmarks/truth.json]
 *   npx tsx bench/truth.ts --aborts 200      calls stopped at random moments
 *   npx tsx bench/truth.ts --fixtures        writes test/fixtures/truth/problems.json: 40 problems with the judge's optimum
 *
 * The independent solution needs bench/peers/.venv (bench/peers/README.md); without it only the rest runs. Exit status 1
 * when anything fails.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { forgeryNames } from '../test/property/forgeries.js';
import { kinds, smallProblem } from '../test/property/small-problems.js';
import { tableFaults } from '../test/property/tables.js';
import { abortTrials } from './truth/aborts.js';
import { type Judged, judgeAnswers, judgeExists } from './truth/judge.js';
import { type Row, solveProblem } from './truth/problems.js';

const { values } = parseArgs({
  options: {
    first: { type: 'string', default: '500' },
    restarts: { type: 'string', default: '200' },
    aborts: { type: 'string' },
    fixtures: { type: 'boolean', default: false },
    out: { type: 'string' },
  },
});

const largest = (numbers: readonly number[]): number => numbers.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

async function solveAll(count: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (let index = 0; index < count; index++) {
    const row = await solveProblem(index);
    const more = index % 5 === 0 ? ((await tableFaults(row.problem)) ?? []) : [];
    rows.push({ ...row, faults: [...row.faults, ...more] });
    for (const fault of rows[index].faults) console.log(`FAIL ${row.problem.name}: ${fault}`);
  }
  return rows;
}

/** One line a kind: problems, faults, the widest gap, auto against exact, forgeries rejected of those made, CPU seconds. */
function printKinds(rows: readonly Row[]): void {
  console.log('kind        problems  faults  widest gap  auto−exact  forgeries rejected   CPU s');
  for (const kind of kinds) {
    const own = rows.filter(({ problem }) => problem.kind === kind);
    const verdicts = own.flatMap(({ forged }) => Object.values(forged));
    console.log(
      [
        kind.padEnd(10),
        String(own.length).padStart(9),
        String(own.reduce((s, row) => s + row.faults.length, 0)).padStart(7),
        largest(own.map((row) => row.relativeGap))
          .toExponential(1)
          .padStart(11),
        largest(own.map((row) => row.autoDifference))
          .toExponential(1)
          .padStart(11),
        `${verdicts.filter(Boolean).length} of ${verdicts.length}`.padStart(19),
        own
          .reduce((s, row) => s + row.cpuSeconds, 0)
          .toFixed(1)
          .padStart(7),
      ].join(' '),
    );
  }
}

function forgerySummary(rows: readonly Row[]) {
  return Object.fromEntries(
    forgeryNames.map((name) => {
      const verdicts = rows.map(({ forged }) => forged[name]).filter((verdict) => verdict !== undefined);
      return [name, { made: verdicts.length, rejected: verdicts.filter(Boolean).length }];
    }),
  );
}

function judgeSummary(judged: readonly Judged[], restarts: number) {
  const excess = judged.flatMap((row) => row.restartsExcess ?? []);
  return {
    judged: judged.length,
    failing: judged.filter((row) => row.failures.length > 0).length,
    widestBracket: largest(judged.map((row) => (row.upper - row.lower) / Math.max(Math.abs(row.upper), 1e-12))),
    largestPrimalDifference: largest(judged.map((row) => row.primalDifference)),
    largestDualDifference: largest(judged.map((row) => row.dualDifference)),
    largestNetworkDifference: largest(judged.map((row) => row.networkDifference)),
    restarts,
    ...(excess.length > 0 && {
      leastRestartExcess: Math.min(...excess),
      restartsWithin1e4: excess.filter((v) => v < 1e-4).length,
    }),
  };
}

/** Adds to the summary file, so that the two runs share it. */
function save(part: object): void {
  if (values.out === undefined) return;
  mkdirSync(dirname(values.out), { recursive: true });
  const before = existsSync(values.out) ? JSON.parse(readFileSync(values.out, 'utf8')) : {};
  writeFileSync(values.out, `${JSON.stringify({ ...before, ...part }, null, 2)}\n`);
}

async function truth(): Promise<boolean> {
  const restarts = Number(values.restarts);
  const rows = await solveAll(Number(values.first));
  printKinds(rows);
  const faults = rows.reduce((s, row) => s + row.faults.length, 0);
  console.log('forgeries', forgerySummary(rows));
  const judged = judgeExists()
    ? judgeAnswers(
        rows.map(({ answer }) => answer),
        restarts,
      )
    : null;
  if (judged === null) console.log('no bench/peers/.venv: the independent solution was not computed');
  const judge = judged && judgeSummary(judged, restarts);
  const summary = {
    problems: rows.length,
    faults,
    widestGap: largest(rows.map((row) => row.relativeGap)),
    autoAgainstExact: largest(rows.map((row) => row.autoDifference)),
    forgeries: forgerySummary(rows),
    judge,
  };
  console.log(summary);
  save(summary);
  return faults === 0 && (judge === null || judge.failing === 0);
}

async function aborts(count: number): Promise<boolean> {
  const summary = await abortTrials(count);
  console.log(summary);
  const { slowestStop, ...facts } = summary;
  save({ aborts: facts });
  return summary.failing === 0;
}

/** The judge's bracket depends on no answer of ours: the claims only carry the problems. */
async function fixtures(): Promise<boolean> {
  const rows = await solveAll(40);
  const judged = judgeAnswers(
    rows.map(({ answer }) => answer),
    0,
  );
  const problems = rows.map((_, index) => {
    const { upper, lower, patterns } = judged[index];
    return { ...smallProblem(index), optimum: { lower, upper }, patterns };
  });
  const path = new URL('../test/fixtures/truth/problems.json', import.meta.url);
  mkdirSync(new URL('.', path), { recursive: true });
  writeFileSync(path, `[\n${problems.map((problem) => JSON.stringify(problem)).join(',\n')}\n]\n`);
  return judged.every((row) => row.failures.length === 0);
}

const held = values.fixtures ? fixtures() : values.aborts ? aborts(Number(values.aborts)) : truth();
process.exitCode = (await held) ? 0 : 1;
