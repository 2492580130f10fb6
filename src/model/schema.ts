import { en } from 'zod/locales';
import * as z from 'zod/mini';
import type { Status } from '../base/index.js';
import type { Certificate } from '../certificates/index.js';
import type { ColumnTransform, Preprocessing, TargetTransform } from '../data/index.js';
import type { LossName } from '../losses/index.js';
import type { WeightsJson } from '../networks/index.js';
import type { CrossValidation, Derivation, LambdaChoice, Objective, PatternSource, TrainingRows } from './model.js';
import type { PathModel } from './path-model.js';

export const MODEL_FORMAT = 'relucent-model';
export const MODEL_FORMAT_VERSION = 1;
export const TIE_RULE = 'x·g >= 0 is active';

/** Own words and own descriptions: a page that uses zod as well keeps its settings. */
export const descriptions = z.registry<{ title?: string; description: string }>();

/** For `safeParse`: issues in English. */
export const inWords = { error: en().localeError };

export function described<T extends z.ZodMiniType>(schema: T, description: string): T {
  const copy = schema.clone();
  descriptions.add(copy, { description });
  return copy;
}

export const count = z.int().check(z.minimum(0));
export const name = z.string().check(z.minLength(1));

const columnSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('number'),
    name,
    impute: z.number(),
    shift: z.number(),
    scale: z.number().check(z.positive()),
    missingIndicator: z.boolean(),
  }),
  z.strictObject({
    kind: z.literal('category'),
    name,
    levels: z.array(z.string()),
    missingLevel: z.boolean(),
    binary: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('dropped'), name, reason: z.string() }),
]) satisfies z.ZodMiniType<ColumnTransform>;

const targetSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('number'), name, shift: z.number(), scale: z.number().check(z.positive()) }),
  z.strictObject({ kind: z.literal('binary'), name, classes: z.tuple([z.string(), z.string()]) }),
  z.strictObject({ kind: z.literal('classes'), name, classes: z.array(z.string()).check(z.minLength(2)) }),
]) satisfies z.ZodMiniType<TargetTransform>;

export const preprocessingSchema = z.strictObject({
  target: targetSchema,
  columns: z.array(columnSchema),
  features: z.array(z.string()),
}) satisfies z.ZodMiniType<Preprocessing>;

const objectiveSchema = z.strictObject({
  loss: z.enum(['squared', 'huber', 'logistic', 'squared-hinge', 'softmax'] satisfies LossName[]),
  lambda: z.number().check(z.minimum(0)),
  outputBias: z.boolean(),
  hiddenBias: z.boolean(),
}) satisfies z.ZodMiniType<Objective>;

/** What certificates of all kinds of networks say first. */
export const certificateShape = {
  scope: z.enum(['sampled', 'priced', 'exact', 'bound']),
  primal: z.number(),
  dual: z.number(),
  gap: z.number(),
  relativeGap: z.number(),
};

const certificateSchema = z.strictObject({
  ...certificateShape,
  tolerance: z.number().check(z.minimum(0)),
  bound: z.number(),
  boundMethod: z.enum(['none', 'crude', 'enumeration', 'branch-and-bound', 'eigenvalue', 'low-rank', 'repeated-rows']),
  dualNorm: z.number().check(z.minimum(0)),
  feasibility: z.number().check(z.minimum(0)),
  patterns: z.strictObject({ count, digest: z.string() }),
  search: z.optional(z.strictObject({ restarts: count, seed: z.int() })),
}) satisfies z.ZodMiniType<Certificate>;

const patternSourceSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({ kind: z.literal('found') }),
  z.strictObject({ kind: z.literal('gaussian'), seed: z.int(), count }),
]) satisfies z.ZodMiniType<PatternSource>;

/** A mean or a standard error that is not defined (NaN in memory) is null in the file. */
const curveSchema = z.array(z.nullable(z.number()));

const crossValidationShape = {
  measure: z.enum(['mse', 'mae', 'deviance', 'accuracy', 'auc'] satisfies CrossValidation['measure'][]),
  better: z.enum(['less', 'more']),
  folds: z.int().check(z.minimum(2)),
  repeats: z.int().check(z.minimum(1)),
  manner: z.string(),
  end: z.enum(['complete', 'risen', 'aborted', 'time-limit']),
  min: count,
  oneStandardError: count,
  lambdas: z.array(z.number().check(z.minimum(0))),
  mean: curveSchema,
  standardError: curveSchema,
  train: z.optional(curveSchema),
  neurons: z.array(z.number().check(z.minimum(0))),
};

const notCurve = 'expected as many means, standard errors and neurons as λ, and two of them chosen';

export const choiceSchema = z
  .strictObject({
    rule: z.enum(['cv', 'cv-1se'] satisfies LambdaChoice['rule'][]),
    ...crossValidationShape,
  })
  .check(z.refine(isCurve, notCurve));

interface Curve extends Pick<CrossValidation, 'lambdas' | 'neurons' | 'min' | 'oneStandardError'> {
  readonly mean: readonly unknown[];
  readonly standardError: readonly unknown[];
  readonly train?: readonly unknown[];
}

function isCurve({ lambdas, mean, standardError, train = mean, neurons, min, oneStandardError }: Curve): boolean {
  const alike = [mean, standardError, train, neurons].every(({ length }) => length === lambdas.length);
  return alike && min < lambdas.length && oneStandardError <= min;
}

const derivationSchema = z.strictObject({
  operation: z.enum(['select', 'prune'] satisfies Derivation['operation'][]),
  words: z.string(),
  exact: z.boolean(),
  from: z.strictObject({ neurons: count, objective: z.number() }),
}) satisfies z.ZodMiniType<Derivation>;

export const rowsSchema = z.strictObject({
  total: count,
  train: count,
  test: count,
  testFraction: z.number().check(z.minimum(0), z.maximum(1)),
  seed: z.int(),
  withoutTarget: count,
}) satisfies z.ZodMiniType<TrainingRows>;

/** A measure that is not defined on these rows (NaN in memory) is null in the file. */
export const scoresSchema = z.record(z.string(), z.nullable(z.number()));

const neuronSchema = z.strictObject({
  weights: z.array(z.number()),
  bias: z.number(),
  gate: z.optional(z.array(z.number())),
  gateBias: z.optional(z.number()),
  output: z.array(z.number()),
});

export const weightsSchema = z.strictObject({
  activation: z.enum(['relu', 'gated']),
  inputs: count,
  outputs: z.int().check(z.minimum(1)),
  outputBias: z.array(z.number()),
  neurons: z.array(neuronSchema),
}) satisfies z.ZodMiniType<WeightsJson>;

/** The model file. Its keys are written in this order. */
export const modelFileSchema = z.strictObject({
  format: z.literal(MODEL_FORMAT),
  formatVersion: z.literal(MODEL_FORMAT_VERSION),
  version: described(name, 'Version of relucent that wrote the file.'),
  seed: z.int(),
  objective: described(
    objectiveSchema,
    'The training problem: (1/n) Σ loss + λ Σ_j ‖(u_j, h_j)‖|α_j| over the encoded features and target.',
  ),
  certificate: described(
    certificateSchema,
    'What is proved about the network; values are objectives on the 1/n scale.',
  ),
  patternSource: described(patternSourceSchema, 'Where the activation patterns behind the certificate come from.'),
  choice: z.optional(
    described(choiceSchema, 'How λ was chosen: held-out errors over a path of λ on the training rows.'),
  ),
  derivation: z.optional(described(derivationSchema, 'What was done to a trained network to make this one.')),
  tieRule: z.literal(TIE_RULE),
  scores: z.strictObject({ train: scoresSchema, test: z.nullable(scoresSchema) }),
  rows: described(rowsSchema, 'Which rows of the table trained the network (split by seed).'),
  dataDigest: described(name, 'Hash of the encoded training matrix and target.'),
  preprocessing: described(preprocessingSchema, 'From the columns of a table to the inputs of the network.'),
  weights: described(
    weightsSchema,
    'Σ_j output_j (weights_j·x + bias_j)_+ + outputBias; gated: active where gate·x + gateBias >= 0.',
  ),
});
descriptions.add(modelFileSchema, {
  title: 'relucent model',
  description: 'A two-layer ReLU network with its preprocessing and its certificate.',
});

export const PATH_FORMAT = 'relucent-path';

const { lambda: _, ...objectiveShape } = objectiveSchema.shape;

const descending = (lambdas: readonly number[]): boolean =>
  lambdas.every((lambda, k) => k === 0 || lambda < lambdas[k - 1]);

/** The path file. Its keys are written in this order. */
const pathShape = z.strictObject({
  format: z.literal(PATH_FORMAT),
  formatVersion: z.literal(MODEL_FORMAT_VERSION),
  version: described(name, 'Version of relucent that wrote the file.'),
  seed: z.int(),
  objective: described(
    z.strictObject(objectiveShape),
    'The training problem at every λ: (1/n) Σ loss + λ Σ_j ‖(u_j, h_j)‖|α_j| over the encoded features and target.',
  ),
  end: described(
    z.enum(['complete', 'aborted', 'time-limit', 'max-neurons', 'max-deviance'] satisfies PathModel['end'][]),
    'Why there are no more points: all λ are done, a limit that was asked for is reached, or it was stopped.',
  ),
  patternSource: described(patternSourceSchema, 'Where the activation patterns behind the certificates come from.'),
  tieRule: z.literal(TIE_RULE),
  rows: described(rowsSchema, 'Which rows of the table trained the networks (split by seed).'),
  dataDigest: described(name, 'Hash of the encoded training matrix and target.'),
  lambdaMax: described(z.number().check(z.minimum(0)), 'At and above it the network is a constant.'),
  nullLoss: described(z.number(), 'Mean loss of the best constant on the training rows.'),
  preprocessing: described(preprocessingSchema, 'From the columns of a table to the inputs of the network.'),
  lambdas: described(
    z.array(z.number().check(z.minimum(0))).check(z.refine(descending, 'expected descending λ')),
    'All λ that were asked for, descending.',
  ),
  crossValidation: z.optional(
    described(
      z.strictObject(crossValidationShape).check(z.refine(isCurve, notCurve)),
      'Held-out errors at the λ of the points.',
    ),
  ),
  points: described(
    z.array(
      z.strictObject({
        lambda: z.number().check(z.minimum(0)),
        status: z.enum(['solved', 'time-limit', 'iteration-limit', 'aborted', 'stalled'] satisfies Status[]),
        certificate: certificateSchema,
        scores: z.strictObject({ train: scoresSchema, test: z.nullable(scoresSchema) }),
        weights: weightsSchema,
      }),
    ),
    'The network at each of the first λ, and what is proved about it.',
  ),
});

/** With what JSON Schema cannot say: the points stand at the first λ. */
export const pathFileSchema = pathShape.check(
  z.refine(({ points, lambdas }) => points.every(({ lambda }, k) => lambda === lambdas[k]), {
    error: 'expected the points at the first of the λ',
    path: ['points'],
  }),
);
descriptions.add(pathFileSchema, {
  title: 'relucent path',
  description: 'Two-layer ReLU networks at descending λ, each with its certificate.',
});

export type PathFile = z.infer<typeof pathFileSchema>;

/** JSON Schema of the path file, as published in schema/path.schema.json. */
export const pathJsonSchema = (): object => z.toJSONSchema(pathFileSchema, { metadata: descriptions });

export type ModelFile = z.infer<typeof modelFileSchema>;

/** JSON Schema of the model file, as published in schema/model.schema.json. */
export const modelJsonSchema = (): object => z.toJSONSchema(modelFileSchema, { metadata: descriptions });
