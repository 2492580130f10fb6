/**
 * Optimal sets whose optimum is known not to be unique (test/optimal-set/problems.ts), each claim at full count:
 * npx tsx bench/optimal-sets.ts [problems] [--write]. Every sampled, selected, extreme and pruned member against the given network
 * (objective, fit, certificate of the independent verifier), widths against rank and exhaustive search, prediction ranges against 1,000
 * random members. --write: docs/results/optimal-sets.json.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { createRandom } from '../src/base/index.js';
import { certify, networkObjective } from '../src/certificates/index.js';
import { matrix } from '../src/linalg/index.js';
import { type NetworkWeights, predictScores } from '../src/networks/index.js';
import {
  fewestNeurons,
  type Member,
  type OptimalSet,
  optimalSet,
  prunedNetwork,
  pruningSteps,
  selectMember,
} from '../src/optimal-set/index.js';
import { exhaustive, fewNeurons, independent } from '../test/optimal-set/oracles.js';
import { dependentProblem, type KnownProblem, orthogonalProblem } from '../test/optimal-set/problems.js';

const count = Number(process.argv.slice(2).find((word) => /^\d+$/.test(word)) ?? 300);

const known = (seed: number): KnownProblem =>
  seed % 3 === 0
    ? orthogonalProblem(seed, seed % 2 === 0 ? 'squared' : 'logistic')
    : dependentProblem(seed, seed % 5 === 0 ? 1 : 0);

/** The largest value seen under each name. */
const worst: Record<string, number> = {};
const counts: Record<string, number> = {};
const note = (name: string, value: number): void => {
  worst[name] = Math.max(worst[name] ?? 0, value);
};
const add = (name: string, by = 1): void => {
  counts[name] = (counts[name] ?? 0) + by;
};

async function judge(p: KnownProblem, kind: string, weights: NetworkWeights): Promise<void> {
  const { loss, outputBias, hiddenBias, patterns } = p.options;
  const objective = (w: NetworkWeights): number => networkObjective(w, p.X, p.y, p.lambda, p.options);
  note(`${kind}: objective, relative`, Math.abs(objective(weights) / objective(p.weights) - 1));
  const [f, g] = [predictScores(weights, p.X).data, predictScores(p.weights, p.X).data];
  note(
    `${kind}: fit`,
    f.reduce((most, value, k) => Math.max(most, Math.abs(value - g[k])), 0),
  );
  const options = { loss, outputBias, hiddenBias, patterns, scope: 'sampled' as const };
  const certificate = await certify(weights, p.X, p.y, p.lambda, options);
  note(`${kind}: relative gap of the verifier`, certificate.relativeGap);
  add(`${kind} members`);
}

function checkFewest(set: OptimalSet): void {
  if (set.candidates.length > 12) return;
  const { member, proved, lowerBound } = fewestNeurons(set);
  const least = exhaustive(set);
  add('fewest compared with exhaustive search');
  if (member.neurons !== least || !proved || lowerBound !== least) add('fewest: different or not proved');
  if (least < set.rank) add('fewest below the rank');
}

function checkRange(p: KnownProblem, set: OptimalSet, seed: number): void {
  const random = createRandom(seed, 5);
  const x = Float64Array.from({ length: p.X.cols }, () => 2 * random.normal());
  const row = matrix(1, p.X.cols, x);
  const output = p.weights.outputBias.length - 1;
  const { least, greatest } = set.predictionRange(x, output);
  const predict = ({ weights }: Member): number => predictScores(weights, row).data[output];
  note('range: distance of its ends from their networks', Math.abs(predict(least.member) - least.value));
  note('range: distance of its ends from their networks', Math.abs(predict(greatest.member) - greatest.value));
  for (const member of set.sample(1000, seed)) {
    const value = predict(member);
    note('range: random members outside by', Math.max(0, least.value - value, value - greatest.value));
    add('range: random members');
  }
}

const started = process.cpuUsage();
for (let seed = 0; seed < count; seed++) {
  const p = known(seed);
  const set = await optimalSet(p.weights, p.X, p.y, p.lambda, p.options);
  if (set.isUnique) add('unique (none should be)');
  const { members } = set.vertices(4);
  for (const { weights } of set.sample(3, seed)) await judge(p, 'sampled', weights);
  for (const { weights, sizes, neurons } of members) {
    await judge(p, 'vertex', weights);
    add('minimal networks');
    if (neurons > set.rank || !independent(set, sizes)) add('minimal networks: dependent or too wide');
  }
  const random = createRandom(seed, 9);
  const X = matrix(
    6,
    p.X.cols,
    Float64Array.from({ length: 6 * p.X.cols }, () => random.normal()),
  );
  const y = Float64Array.from({ length: 6 * p.weights.outputBias.length }, () =>
    p.options.loss === 'logistic' ? (random.uniform() < 0.5 ? -1 : 1) : random.normal(),
  );
  for (const rule of ['min-norm', 'max-norm', 'fewest', 'validation'] as const) {
    await judge(p, 'selected', selectMember(set, rule, { validation: { X, y } }).member.weights);
  }
  const exact = pruningSteps(set).filter((step) => step.exact);
  for (const step of exact.slice(1)) await judge(p, 'pruned', prunedNetwork(set, step));
  if (exact[exact.length - 1].neurons > set.rank || !independent(set, exact[exact.length - 1].sizes))
    add('minimal networks: dependent or too wide');
  if (seed < 40) {
    checkFewest(set);
    if (seed % 2 === 0) checkFewest(await setOfFew(seed));
    checkRange(p, set, seed);
  }
}

async function setOfFew(seed: number): Promise<OptimalSet> {
  const p = await fewNeurons(orthogonalProblem(seed, 'squared'));
  return optimalSet(p.weights, p.X, p.y, p.lambda, p.options);
}

const { user, system } = process.cpuUsage(started);
const result = { problems: count, counts, worst };
for (const [name, value] of Object.entries(counts)) console.log(`${name}: ${value}`);
for (const [name, value] of Object.entries(worst)) console.log(`${name}: ${value.toExponential(1)} at most`);
console.log(`${((user + system) / 1e6).toFixed(0)} s of processor time`);
if (process.argv.includes('--write')) {
  const folder = resolve(import.meta.dirname, '../docs/results');
  mkdirSync(folder, { recursive: true });
  writeFileSync(resolve(folder, 'optimal-sets.json'), `${JSON.stringify(result, null, 2)}\n`);
}
