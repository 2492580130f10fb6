import { z } from 'zod';
import type { Certificate } from '../certificates/index.js';
import type { ColumnTransform, Preprocessing, TargetTransform } from '../data/index.js';
import type { LossName } from '../losses/index.js';
import type { WeightsJson } from '../networks/index.js';
import type { Objective, PatternSource, TrainingRows } from './model.js';

export const MODEL_FORMAT = 'relucent-model';
export const MODEL_FORMAT_VERSION = 1;
export const TIE_RULE = 'x·g >= 0 is active';

const count = z.int().min(0);
const name = z.string().min(1);

const columnSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('number'),
    name,
    impute: z.number(),
    shift: z.number(),
    scale: z.number().positive(),
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
]) satisfies z.ZodType<ColumnTransform>;

const targetSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('number'), name, shift: z.number(), scale: z.number().positive() }),
  z.strictObject({ kind: z.literal('binary'), name, classes: z.tuple([z.string(), z.string()]) }),
  z.strictObject({ kind: z.literal('classes'), name, classes: z.array(z.string()).min(2) }),
]) satisfies z.ZodType<TargetTransform>;

const preprocessingSchema = z.strictObject({
  target: targetSchema,
  columns: z.array(columnSchema),
  features: z.array(z.string()),
}) satisfies z.ZodType<Preprocessing>;

const objectiveSchema = z.strictObject({
  loss: z.enum(['squared', 'huber', 'logistic', 'squared-hinge', 'softmax'] satisfies LossName[]),
  lambda: z.number().min(0),
  outputBias: z.boolean(),
  hiddenBias: z.boolean(),
}) satisfies z.ZodType<Objective>;

const certificateSchema = z.strictObject({
  scope: z.enum(['sampled', 'priced', 'exact', 'bound']),
  primal: z.number(),
  dual: z.number(),
  gap: z.number(),
  relativeGap: z.number(),
  tolerance: z.number().min(0),
  bound: z.number(),
  boundMethod: z.enum(['none', 'crude', 'enumeration', 'branch-and-bound', 'eigenvalue', 'low-rank', 'repeated-rows']),
  dualNorm: z.number().min(0),
  feasibility: z.number().min(0),
  patterns: z.strictObject({ count, digest: z.string() }),
  search: z.strictObject({ restarts: count, seed: z.int() }).optional(),
}) satisfies z.ZodType<Certificate>;

const patternSourceSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('all') }),
  z.strictObject({ kind: z.literal('found') }),
  z.strictObject({ kind: z.literal('gaussian'), seed: z.int(), count }),
]) satisfies z.ZodType<PatternSource>;

const rowsSchema = z.strictObject({
  total: count,
  train: count,
  test: count,
  testFraction: z.number().min(0).max(1),
  seed: z.int(),
  withoutTarget: count,
}) satisfies z.ZodType<TrainingRows>;

/** A measure that is not defined on these rows (NaN in memory) is null in the file. */
const scoresSchema = z.record(z.string(), z.number().nullable());

const neuronSchema = z.strictObject({
  weights: z.array(z.number()),
  bias: z.number(),
  gate: z.array(z.number()).optional(),
  gateBias: z.number().optional(),
  output: z.array(z.number()),
});

const weightsSchema = z.strictObject({
  activation: z.enum(['relu', 'gated']),
  inputs: count,
  outputs: z.int().min(1),
  outputBias: z.array(z.number()),
  neurons: z.array(neuronSchema),
}) satisfies z.ZodType<WeightsJson>;

/** The model file. Its keys are written in this order. */
export const modelFileSchema = z
  .strictObject({
    format: z.literal(MODEL_FORMAT),
    formatVersion: z.literal(MODEL_FORMAT_VERSION),
    version: name.describe('Version of relucent that wrote the file.'),
    seed: z.int(),
    objective: objectiveSchema.describe(
      'The training problem: (1/n) Σ loss + λ Σ_j ‖(u_j, h_j)‖|α_j| over the encoded features and target.',
    ),
    certificate: certificateSchema.describe(
      'What is proved about the network; values are objectives on the 1/n scale.',
    ),
    patternSource: patternSourceSchema.describe('Where the activation patterns behind the certificate come from.'),
    tieRule: z.literal(TIE_RULE),
    scores: z.strictObject({ train: scoresSchema, test: scoresSchema.nullable() }),
    rows: rowsSchema.describe('Which rows of the table trained the network (split by seed).'),
    dataDigest: name.describe('Hash of the encoded training matrix and target.'),
    preprocessing: preprocessingSchema.describe('From the columns of a table to the inputs of the network.'),
    weights: weightsSchema.describe(
      'Σ_j output_j (weights_j·x + bias_j)_+ + outputBias; gated: active where gate·x + gateBias >= 0.',
    ),
  })
  .meta({
    title: 'relucent model',
    description: 'A two-layer ReLU network with its preprocessing and its certificate.',
  });

export type ModelFile = z.infer<typeof modelFileSchema>;

/** JSON Schema of the model file, as published in schema/model.schema.json. */
export const modelJsonSchema = (): object => z.toJSONSchema(modelFileSchema);
