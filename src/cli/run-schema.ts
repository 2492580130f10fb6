import { en } from 'zod/locales';
import * as z from 'zod/mini';
import { RelucentError } from '../base/index.js';
import { METHODS, type Measurement } from '../deep/index.js';
import type { RunConfig } from './run-folder.js';

const count = z.int().check(z.minimum(0));
const atLeastOne = z.int().check(z.minimum(1));
const kinds = ['linear', 'conv2d', 'relu', 'leakyRelu', 'prelu', 'maxPool', 'averagePool', 'flatten', 'residual'];
const layer = z.looseObject({ kind: z.enum(kinds) });
const chain = z.looseObject({
  groups: z.array(z.looseObject({ into: z.string(), outOf: z.string(), units: atLeastOne })),
  between: z.array(z.array(z.string())),
});

/** What a run needs to go on; what later versions add is left alone. */
const config = z.looseObject({
  format: z.literal('relucent-run'),
  version: z.string(),
  data: z.looseObject({
    source: z.string(),
    validation: count,
    table: z.optional(z.looseObject({ target: z.string() })),
  }),
  digest: z.string(),
  architecture: z.looseObject({
    input: z.array(atLeastOne).check(z.minLength(1)),
    layers: z.array(layer).check(z.minLength(1)),
  }),
  grouping: z.looseObject({ chains: z.array(chain), others: z.array(z.string()) }),
  method: z.enum(METHODS),
  loss: z.enum(['cross-entropy', 'squared']),
  optimiser: z.looseObject({ kind: z.enum(['sgd', 'momentum', 'adam']) }),
  batch: atLeastOne,
  steps: atLeastOne,
  rate: z.number().check(z.positive()),
  schedule: z.looseObject({ kind: z.enum(['constant', 'cosine', 'milestones']) }),
  lambda: z.number().check(z.minimum(0)),
  regularizeBias: z.boolean(),
  pruneFrom: z.optional(count),
  seed: count,
  precision: z.enum(['float32', 'float64']),
  measureEvery: atLeastOne,
  keepEvery: atLeastOne,
});

/** Null is how JSON writes the NaN of a run that is about to diverge. */
const measured = z.nullable(z.number());
const row = z.looseObject({ step: count, loss: measured, objective: measured, active: count, units: count });

/** Throws `model` unless these are the settings of a run: the first field that is not. */
export function requireRunConfig(value: unknown, file: string): asserts value is RunConfig {
  if ((value as { format?: unknown } | null)?.format !== 'relucent-run') {
    throw new RelucentError('model', `${file}: expected the settings of a run, got another kind of file.`);
  }
  requireShape(config, value, file, 'the settings of a run');
}

/** Throws `model` unless this is a line of a run's log. */
export function requireRow(value: unknown, where: string): asserts value is Measurement {
  requireShape(row, value, where, 'a measurement');
}

function requireShape(shape: z.ZodMiniType, value: unknown, where: string, expected: string): void {
  const [issue] = shape.safeParse(value, { error: en().localeError }).error?.issues ?? [];
  if (issue === undefined) return;
  const words = issue.message.replace('received undefined', 'got none');
  const field = issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  throw new RelucentError('model', `${where}: expected ${expected}: ${field}${words}; the file was damaged or edited.`);
}
