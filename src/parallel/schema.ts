import * as z from 'zod/mini';
import { type LossName, lossNames } from '../losses/index.js';
import {
  certificateShape,
  choiceSchema,
  count,
  described,
  descriptions,
  MODEL_FORMAT_VERSION,
  name,
  preprocessingSchema,
  rowsSchema,
  scoresSchema,
  TIE_RULE,
} from '../model/parts/index.js';
import type { ParallelCertificate } from './certificate.js';
import type { LowRankInterval } from './low-rank.js';
import type { ParallelObjective } from './model.js';
import { networkSchema } from './network-schema.js';

export const PARALLEL_FORMAT = 'relucent-parallel';

const positive = z.number().check(z.positive());
const some = z.int().check(z.minimum(1));

const objectiveSchema = z.strictObject({
  layers: z.int().check(z.minimum(2)),
  width: z.array(some),
  regularizer: z.enum(['weight-decay', 'path'] satisfies ParallelObjective['regularizer'][]),
  lambda: positive,
  loss: z.enum(lossNames as readonly LossName[] as [LossName, ...LossName[]]),
  outputBias: z.boolean(),
  hiddenBias: z.boolean(),
  skip: z.boolean(),
}) satisfies z.ZodMiniType<ParallelObjective>;

const certificateSchema = z.strictObject({
  ...certificateShape,
  tolerance: positive,
  bound: z.number(),
  dualNorm: z.number().check(z.minimum(0)),
  search: z.optional(z.strictObject({ starts: count, seed: z.int() })),
  sample: z.optional(z.strictObject({ count: some, seed: z.int() })),
}) satisfies z.ZodMiniType<Omit<ParallelCertificate, 'words'>>;

const lowRankSchema = z.strictObject({
  rank: some,
  tail: z.number().check(z.minimum(0)),
  factor: z.number().check(z.minimum(1)),
  lower: z.number(),
  upper: z.number(),
  exact: z.boolean(),
}) satisfies z.ZodMiniType<LowRankInterval>;

/** The file of a parallel model. Its keys are written in this order. */
export const parallelFileSchema = z.strictObject({
  format: z.literal(PARALLEL_FORMAT),
  formatVersion: z.literal(MODEL_FORMAT_VERSION),
  version: described(name, 'Version of relucent that wrote the file.'),
  seed: z.int(),
  problem: described(
    objectiveSchema,
    'The training problem: (1/n) Σ loss + λ Σ_k penalty(sub-network k) over the encoded features and target.',
  ),
  certificate: described(
    certificateSchema,
    'What is proved about the network; values are objectives on the 1/n scale.',
  ),
  lowRank: described(
    z.nullable(lowRankSchema),
    'Trained on a truncation of this rank: the optimum on all of X lies in [lower, upper].',
  ),
  choice: z.optional(
    described(choiceSchema, 'How λ was chosen: held-out errors over a path of λ on the training rows.'),
  ),
  tieRule: z.literal(TIE_RULE),
  scores: z.strictObject({ train: scoresSchema, test: z.nullable(scoresSchema) }),
  rows: described(rowsSchema, 'Which rows of the table trained the network (split by seed).'),
  dataDigest: described(name, 'Hash of the encoded training matrix and target.'),
  preprocessing: described(preprocessingSchema, 'From the columns of a table to the inputs of the network.'),
  network: described(
    networkSchema,
    'Σ_k alpha_k relu(W_{L−1} relu(… relu(W_1 x + bias))) on output number `output`, + skip·x + outputBias.',
  ),
});
descriptions.add(parallelFileSchema, {
  title: 'relucent parallel model',
  description: 'A parallel ReLU network of two or more layers with its preprocessing and its certificate.',
});

export type ParallelFile = z.infer<typeof parallelFileSchema>;

/** JSON Schema of the file of a parallel model, as published in schema/parallel.schema.json. */
export const parallelJsonSchema = (): object => z.toJSONSchema(parallelFileSchema, { metadata: descriptions });
