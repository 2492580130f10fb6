import type { Point } from './arrival.js';
import type { Keyed } from './store.js';

/** Which methods run on which sampled programs, and what is left out because it would take minutes. */
export type Program = 'relu' | 'gated';

/** A peer: one run with a history, or a ladder of runs at tighter and tighter tolerances. */
export interface Family {
  readonly name: string;
  readonly program: Program;
  /** Methods of bench/peers/methods. */
  readonly methods: readonly string[];
  readonly kind: 'ladder' | 'history';
  /** Whether it runs on several threads. */
  readonly threaded?: boolean;
}

export interface TwoLayerCase {
  readonly program: Program;
  readonly problem: string;
  readonly lambda: number;
  readonly threads: number;
}

export interface TwoLayerRow extends Keyed, TwoLayerCase {
  /** `ours`, or a family of peers. */
  readonly name: string;
  /** Answers of a ladder, or one run's history. Ours: the first call of a process (to 1e-6), then further calls at each gap. */
  readonly points: readonly Point[];
  readonly kind: Family['kind'];
  readonly note: string;
  /** Seconds after which a run was stopped. */
  readonly cap: number;
  /** Ours: the best certified value, from a solve to 1e-9, and a lower bound that the judge proves by itself. */
  readonly best?: number;
  readonly lower?: number | null;
}

export const keyOf = (one: TwoLayerCase, name: string): string =>
  `${one.program} ${one.problem} ${one.lambda} threads ${one.threads}: ${name}`;

const ladder = (
  name: string,
  program: Program,
  stem: string,
  tolerances: readonly string[],
  threaded = false,
): Family => ({
  name,
  program,
  methods: tolerances.map((tolerance) => `${stem}-${tolerance}`),
  kind: 'ladder',
  threaded,
});

const conic = (name: string, program: Program, tolerances: readonly string[]): Family =>
  ladder(`cvxpy + ${name}`, program, `cvxpy-${name.toLowerCase()}-${program}`, tolerances);

export const families: readonly Family[] = [
  { name: 'pyscnn AL, float32', program: 'relu', methods: ['scnn-al-f32'], kind: 'ladder' },
  { name: 'pyscnn AL, float64', program: 'relu', methods: ['scnn-al-f64-traced'], kind: 'history' },
  ladder('adelie', 'relu', 'adelie-relu', ['1e-4', '1e-7', '1e-10'], true),
  { name: 'pyscnn CVXPY', program: 'relu', methods: ['scnn-cvxpy-ecos-relu'], kind: 'ladder' },
  conic('Clarabel', 'relu', ['1e-4', '1e-8']),
  conic('SCS', 'relu', ['1e-4', '1e-6']),
  conic('ECOS', 'relu', ['1e-8']),
  { name: 'pyscnn R-FISTA, float32', program: 'gated', methods: ['scnn-rfista-f32'], kind: 'ladder' },
  {
    name: 'pyscnn R-FISTA, float64',
    program: 'gated',
    methods: ['scnn-rfista-f64-to-target'],
    kind: 'history',
    threaded: true,
  },
  ladder('adelie', 'gated', 'adelie-gated', ['1e-4', '1e-7', '1e-10', '1e-13'], true),
  ladder('skglm', 'gated', 'skglm-gated', ['1e-4', '1e-6', '1e-8', '1e-10']),
  ladder('celer', 'gated', 'celer-gated', ['1e-3', '1e-6', '1e-9']),
  { name: 'pyscnn CVXPY', program: 'gated', methods: ['scnn-cvxpy-ecos-gated'], kind: 'ladder' },
  conic('Clarabel', 'gated', ['1e-4', '1e-8']),
  conic('SCS', 'gated', ['1e-4', '1e-6']),
  conic('ECOS', 'gated', ['1e-8']),
];

const classic = ['syn200x10', 'diabetes', 'breast', 'digits38', 'syn1000x20', 'syn5000x50'];
const tables = [
  'yacht',
  'energy-y1',
  'haberman',
  'blood',
  'pima',
  'statlog-heart',
  'planning',
  'parkinsons',
  'ionosphere',
  'spectf',
];
const quickSets = ['syn200x10', 'diabetes', 'breast', 'syn1000x20', 'yacht', 'haberman', 'statlog-heart', 'parkinsons'];
/** Programs for conic solvers, which take minutes and gigabytes beyond. */
const small = ['syn200x10_P100', 'diabetes_P100', 'haberman_P100', 'parkinsons_P100'];

export function problemNames(quick: boolean): readonly string[] {
  const at = (gates: number) => (name: string) => `${name}_P${gates}`;
  if (quick) return [...small, ...quickSets.map(at(500))];
  return [...small, ...[...classic, ...tables].map(at(500)), 'mnist38x1000_P100', 'mnist38_P100'];
}

export interface Wanted {
  readonly quick: boolean;
  readonly threads: readonly number[];
  readonly lambdas: readonly number[];
  /** Only these; empty for all. */
  readonly problems: readonly string[];
}

export function planned({ quick, threads, lambdas, problems }: Wanted): TwoLayerCase[] {
  const programs: readonly Program[] = ['relu', 'gated'];
  return threads.flatMap((count) =>
    problemNames(quick)
      .filter((name) => problems.length === 0 || problems.includes(name))
      .flatMap((problem) =>
        lambdas
          .filter((lambda) => worthThreads(problem, lambda, count))
          .flatMap((lambda) => programs.map((program) => ({ program, problem, lambda, threads: count }))),
      ),
  );
}

/** Several threads: three sizes, one λ. */
function worthThreads(problem: string, lambda: number, threads: number): boolean {
  return threads === 1 || (lambda === 1e-3 && /^(syn200x10|breast|syn1000x20|syn5000x50)_P500$/.test(problem));
}

/** Why a peer is not asked on a case; null when it is. */
export function leftOut({ name, threaded }: Family, one: TwoLayerCase, quick: boolean): string | null {
  if (one.threads > 1 && !threaded) return 'several threads: adelie and R-FISTA alone';
  if (/cvxpy|CVXPY/.test(name)) {
    if (!small.includes(one.problem)) return 'conic solvers: programs of 100 patterns and at most 442 rows';
    return quick && one.lambda !== 1e-3 ? 'conic solvers in a quick run: λ = 1e-3' : null;
  }
  if (name.startsWith('pyscnn AL')) return alLeftOut(one, quick);
  const large = /^mnist38_|^syn5000x50_P500/.test(one.problem);
  if (large && /skglm|celer/.test(name)) return 'skglm, celer: the expanded matrix does not fit';
  return null;
}

function alLeftOut({ problem, lambda }: TwoLayerCase, quick: boolean): string | null {
  if (/^mnist|^syn5000/.test(problem)) return 'AL: runs into any cap on the large programs';
  if (!quick) return null;
  const chosen = ['syn200x10_P100', 'diabetes_P100', 'syn200x10_P500', 'haberman_P500', 'parkinsons_P500'];
  if (lambda !== 1e-3 || !chosen.includes(problem)) return `AL in a quick run: λ = 1e-3, ${chosen.join(', ')}`;
  return null;
}
