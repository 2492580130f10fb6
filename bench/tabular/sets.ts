/** One data set of the comparison: how its columns are read and what a reader must know about it. */
export interface DataSet {
  /** File name without `.csv`. */
  readonly name: string;
  readonly task: 'regression' | 'classification';
  /** Columns of codes that are categories. Text columns are categories anyway. */
  readonly categorical?: readonly string[];
  readonly drop?: readonly string[];
  /** Only rows from this one on (0-based). */
  readonly firstRow?: number;
  /** Rows that agree in every cell are held out together. */
  readonly groupDuplicates?: boolean;
  /** What may mislead about its scores. */
  readonly trap?: string;
}

const heart = ['cp', 'restecg', 'slope', 'thal'];

/** Small ones first: a run that is stopped has most of them. */
export const dataSets: readonly DataSet[] = [
  { name: 'iris', task: 'classification', trap: '3 rows twice' },
  { name: 'hepatitis', task: 'classification', trap: 'half of the rows miss a cell' },
  { name: 'wine', task: 'classification' },
  { name: 'conn-bench-sonar-mines-rocks', task: 'classification' },
  { name: 'glass', task: 'classification', trap: 'classes of 9 and 13 rows' },
  {
    name: 'yacht',
    task: 'regression',
    trap: '22 hulls at 14 speeds each: other speeds of a hull are in the training part',
  },
  { name: 'statlog-heart', task: 'classification', categorical: heart },
  {
    name: 'spectf',
    task: 'classification',
    trap: 'a balanced training file (40 / 40) and an unbalanced test file (15 / 172), pooled',
  },
  { name: 'breast-cancer', task: 'classification', trap: '14 rows repeat others; some inputs have both classes' },
  {
    name: 'heart-hungarian',
    task: 'classification',
    categorical: heart,
    trap: 'all but one row miss cells; ca has 3 values',
  },
  { name: 'heart-cleveland', task: 'classification', categorical: heart, trap: 'five ordered grades taken as classes' },
  { name: 'haberman-survival', task: 'classification', trap: '17 rows repeat others' },
  { name: 'ionosphere', task: 'classification' },
  {
    name: 'monks-2',
    task: 'classification',
    categorical: ['a1', 'a2', 'a3', 'a4', 'a5', 'a6'],
    firstRow: 169,
    trap: 'only the 432 rows of the whole grid: the other file repeats 169 of them; a rule without noise',
  },
  { name: 'diabetes', task: 'regression' },
  { name: 'breast-cancer-wisc-diag', task: 'classification' },
  { name: 'ilpd-indian-liver', task: 'classification', trap: '13 rows repeat others' },
  {
    name: 'statlog-australian-credit',
    task: 'classification',
    categorical: ['a4', 'a5', 'a6', 'a12'],
  },
  {
    name: 'blood',
    task: 'classification',
    drop: ['monetary_cc'],
    trap: '215 rows repeat others; monetary_cc is 250 times frequency_times and left out',
  },
  { name: 'pima', task: 'classification', trap: 'zeros stand for missing values, left as they are' },
  {
    name: 'energy-y1',
    task: 'regression',
    trap: '12 building shapes, simulated: every shape is in every training part',
  },
  { name: 'tic-tac-toe', task: 'classification', trap: 'a rule without noise' },
  {
    name: 'wine-quality-red',
    task: 'regression',
    groupDuplicates: true,
    trap: '240 rows repeat others: held out together; a grade from 3 to 8 taken as a number',
  },
];
