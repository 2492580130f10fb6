import * as z from 'zod/mini';
import type { ParallelJson } from './json.js';

const numbers = z.array(z.number());

/** A parallel network alone. */
export const networkSchema = z.strictObject({
  layers: z.int().check(z.minimum(2)),
  inputs: z.int().check(z.minimum(0)),
  outputs: z.int().check(z.minimum(1)),
  outputBias: numbers,
  skip: z.nullable(z.array(numbers)),
  subnetworks: z.array(
    z.strictObject({
      output: z.int().check(z.minimum(0)),
      alpha: z.number(),
      bias: numbers,
      weights: z.array(z.array(numbers)).check(z.minLength(1)),
    }),
  ),
}) satisfies z.ZodMiniType<ParallelJson>;
