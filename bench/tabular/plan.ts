import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  findColumn,
  fitPreprocessing,
  inspectTarget,
  parseTable,
  type Table,
  type TargetFacts,
} from '../../src/data/index.js';
import { makeFolds } from '../../src/path/index.js';
import { BenchError } from '../speed/processes.js';
import type { SetFacts } from './rows.js';
import type { DataSet } from './sets.js';

export interface Protocol {
  readonly outer: number;
  readonly inner: number;
  readonly seed: number;
  /** Probabilities are kept this far from 0 and 1 in the log-loss. */
  readonly clip: number;
}

export const protocol: Protocol = { outer: 10, inner: 5, seed: 0, clip: 1e-6 };

/** Everything that all methods must share about a set, as plain data for any language. */
export interface PlannedSet {
  readonly name: string;
  readonly target: string;
  readonly task: 'regression' | 'classification';
  /** Columns encoded as categories; the others left are numbers. */
  readonly categorical: readonly string[];
  readonly drop: readonly string[];
  /** In order; empty for regression. */
  readonly classes: readonly string[];
  /** 0-based rows of the file that take part. */
  readonly rows: readonly number[];
  /** Outer fold of each of `rows`. */
  readonly outerFold: readonly number[];
  /** For each outer fold: inner fold of each of `rows`, −1 where it is held out. */
  readonly innerFold: readonly (readonly number[])[];
}

export async function readTable(folder: string, name: string): Promise<Table> {
  const file = resolve(folder, `${name}.csv`);
  if (!existsSync(file)) throw new BenchError(`bench/tabular: no file ${file}; --data names the folder that holds it.`);
  return parseTable(readFileSync(file), { name: `${name}.csv` });
}

/** The folds of a set: outer ones by seed, inner ones by seed and outer fold, classes in proportion. */
export function planSet(table: Table, set: DataSet): PlannedSet {
  const target = table.columns[table.columns.length - 1].name;
  const all = Int32Array.from({ length: table.rowCount - (set.firstRow ?? 0) }, (_, i) => i + (set.firstRow ?? 0));
  const facts = inspectTarget(table, target, set.task, all);
  const groups = set.groupDuplicates ? rowTexts(table, facts.rows) : undefined;
  const outerFold = foldsOf(facts, groups, allPlaces(facts.rows.length), protocol.outer, protocol.seed);
  const innerFold = Array.from({ length: protocol.outer }, (_, fold) => {
    const training = allPlaces(facts.rows.length).filter((place) => outerFold[place] !== fold);
    return foldsOf(facts, groups, training, protocol.inner, protocol.seed + 1 + fold);
  });
  const drop = set.drop ?? [];
  return {
    name: set.name,
    target,
    task: set.task,
    categorical: categories(table, set, target),
    drop,
    classes: facts.classes,
    rows: Array.from(facts.rows),
    outerFold,
    innerFold,
  };
}

const allPlaces = (count: number): number[] => Array.from({ length: count }, (_, place) => place);

function rowTexts(table: Table, rows: Int32Array): string[] {
  return Array.from(rows, (row) => table.columns.map(({ numbers, texts }) => texts?.[row] ?? numbers[row]).join());
}

/** The fold of every row, dealt among the given places alone; −1 elsewhere. */
function foldsOf(
  { rows, strata }: TargetFacts,
  groups: readonly string[] | undefined,
  places: readonly number[],
  folds: number,
  seed: number,
): number[] {
  const dealt = makeFolds(places.length, {
    folds,
    seed,
    strata: strata ? places.map((place) => strata[place]) : undefined,
    groups: groups ? places.map((place) => groups[place]) : undefined,
  });
  const foldOf = new Array<number>(rows.length).fill(-1);
  for (const { fold, held } of dealt) for (const at of held) foldOf[places[at]] = fold;
  return foldOf;
}

/** The declared ones and those with text. */
function categories(table: Table, set: DataSet, target: string): string[] {
  const { categorical = [], drop = [] } = set;
  const { preprocessing } = fitPreprocessing(table, { target, task: set.task, drop, categorical });
  return preprocessing.columns
    .filter(({ kind, name }) => kind === 'category' && (categorical.includes(name) || findColumn(table, name)?.texts))
    .map(({ name }) => name);
}

/** What the documents say of a set. */
export function factsOf(table: Table, { trap }: DataSet, planned: PlannedSet): SetFacts {
  const { name, target, task, drop, categorical, classes, rows } = planned;
  const options = { target, task, drop, categorical, rows: Int32Array.from(rows) };
  const { preprocessing } = fitPreprocessing(table, options);
  const facts = { name, rows: rows.length, features: preprocessing.features.length, classes: classes.length };
  return trap === undefined ? facts : { ...facts, trap };
}
