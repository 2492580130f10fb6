import * as z from 'zod/mini';
import { RelucentError } from '../../base/index.js';
import {
  doublesFromText,
  doublesToText,
  placesFromText,
  placesToText,
  singlesFromText,
  singlesToText,
} from './bytes.js';
import type { LineCombinations, Pairs, Proof, ProofSide, SlackSide } from './proof.js';

export const PROOF_FORMAT = 'relucent-proof';
/** 2: combinations of lines. Files of version 1, which have none, are read as well. */
export const PROOF_FORMAT_VERSION = 2;

/** A proof with what it is about. */
export interface ProofFile {
  /** Digest of the data as the training saw it. */
  readonly dataDigest: string;
  readonly loss: string;
  readonly lambda: number;
  readonly outputBias: boolean;
  readonly hiddenBias: boolean;
  /** What it proves: no network has an objective below. */
  readonly bound: number;
  readonly proof: Proof;
  /** Where the solver can go on from; nothing is proved with it. */
  readonly state?: SolverState;
}

/** What the solver needs beside the multipliers of the proof; never read by the check. */
export interface SolverState {
  readonly iterations: number;
  readonly penalty: number;
  /** t ≈ scale·r. */
  readonly scale: number;
  readonly sides: readonly [SideState, SideState];
}

export interface SideState {
  /** What was added to the diagonal for the proof. */
  readonly lifts: Float64Array;
  readonly columns: number;
  /** Factor of the moments: α (columns), u (rank×columns), t̂ (K×columns), one after the other. */
  readonly factor: Float64Array;
}

const pairs = z.strictObject({ at: z.string(), values: z.string() });
const slack = z.strictObject({ q: z.string(), p: z.string(), plus: pairs, minus: pairs, pairs });
const side = z.strictObject({
  alpha: z.number(),
  qPlus: z.string(),
  qMinus: z.string(),
  pPlus: z.string(),
  pMinus: z.string(),
  diagonal: z.string(),
  plus: pairs,
  minus: pairs,
  cross: pairs,
  slack: z.optional(slack),
});
const sideState = z.strictObject({ lifts: z.string(), columns: z.int().check(z.minimum(0)), factor: z.string() });
const fileSchema = z.strictObject({
  format: z.literal(PROOF_FORMAT),
  formatVersion: z.literal([1, PROOF_FORMAT_VERSION]),
  about: z.strictObject({
    dataDigest: z.string(),
    loss: z.string(),
    lambda: z.number(),
    outputBias: z.boolean(),
    hiddenBias: z.boolean(),
  }),
  bound: z.number(),
  dual: z.string(),
  lines: z.array(z.int32()),
  of: z.array(z.int32()),
  auxiliary: z.optional(z.string()),
  combinations: z.optional(z.strictObject({ start: z.array(z.int32()), line: z.array(z.int32()), shares: z.string() })),
  positive: side,
  negative: side,
  state: z.optional(
    z.strictObject({
      iterations: z.int().check(z.minimum(0)),
      penalty: z.number().check(z.positive()),
      scale: z.number().check(z.positive()),
      positive: sideState,
      negative: sideState,
    }),
  ),
});
type Side = z.infer<typeof side>;

/** The text of a proof file: JSON; long arrays as base64 of little-endian numbers, pairs in single precision. */
export function writeProof({ proof, state, bound, ...about }: ProofFile): string {
  const file: z.infer<typeof fileSchema> = {
    format: PROOF_FORMAT,
    formatVersion: PROOF_FORMAT_VERSION,
    about,
    bound,
    dual: doublesToText(proof.t),
    lines: Array.from(proof.lines),
    of: Array.from(proof.of),
    ...(proof.auxiliary.length > 0 && { auxiliary: doublesToText(proof.auxiliary) }),
    ...(proof.combinations.count > 0 && { combinations: combinationsToJson(proof.combinations) }),
    positive: sideToJson(proof.sides[0]),
    negative: sideToJson(proof.sides[1]),
    ...(state && {
      state: {
        iterations: state.iterations,
        penalty: state.penalty,
        scale: state.scale,
        positive: stateToJson(state.sides[0]),
        negative: stateToJson(state.sides[1]),
      },
    }),
  };
  return `${JSON.stringify(file)}\n`;
}

const sideToJson = (s: ProofSide): Side => ({
  alpha: s.alpha,
  qPlus: singlesToText(s.qPlus),
  qMinus: singlesToText(s.qMinus),
  pPlus: singlesToText(s.pPlus),
  pMinus: singlesToText(s.pMinus),
  diagonal: doublesToText(s.diagonal),
  plus: pairsToJson(s.plus),
  minus: pairsToJson(s.minus),
  cross: pairsToJson(s.cross),
  ...(s.slack.q.length > 0 && { slack: slackToJson(s.slack) }),
});

const slackToJson = ({ q, p, plus, minus, pairs }: SlackSide) => ({
  q: singlesToText(q),
  p: singlesToText(p),
  plus: pairsToJson(plus),
  minus: pairsToJson(minus),
  pairs: pairsToJson(pairs),
});

const combinationsToJson = ({ start, line, share }: LineCombinations) => ({
  start: Array.from(start),
  line: Array.from(line),
  shares: doublesToText(share),
});

const pairsToJson = ({ at, value }: Pairs) => ({ at: placesToText(at), values: singlesToText(value) });

const stateToJson = ({ lifts, columns, factor }: SideState) => ({
  lifts: singlesToText(lifts),
  columns,
  factor: singlesToText(factor),
});

/**
 * The proof in the text of a proof file. Nothing is believed yet: `checkProof` judges the numbers.
 * @throws `model`, one line that begins with `name`: no proof file, or a damaged one.
 */
export function readProof(text: string, name = 'proof'): ProofFile {
  const damaged = (what: string): RelucentError =>
    new RelucentError('model', `${name}: ${what}; expected a whole proof file as relucent --prove writes it.`);
  const checked = fileSchema.safeParse(parsed(text));
  if (!checked.success) {
    const place = checked.error.issues[0]?.path.join('.') ?? '';
    throw damaged(place === '' ? 'is no proof file' : `'${place}' is missing or of the wrong kind`);
  }
  const array = (values: Float64Array | Uint32Array | null, what: string) => {
    if (values === null) throw damaged(`'${what}' is damaged`);
    return values;
  };
  const reader: Reader = {
    doubles: (part, what) => array(doublesFromText(part), what) as Float64Array,
    singles: (part, what) => array(singlesFromText(part), what) as Float64Array,
    places: (part, what) => array(placesFromText(part), what) as Uint32Array,
  };
  const { about, bound, dual, lines, of, auxiliary, combinations, positive, negative, state } = checked.data;
  const proof: Proof = {
    t: reader.doubles(dual, 'dual'),
    lines: Int32Array.from(lines),
    of: Int32Array.from(of),
    auxiliary: auxiliary === undefined ? new Float64Array(0) : reader.doubles(auxiliary, 'auxiliary'),
    combinations: combinationsFromJson(combinations, reader),
    sides: [sideFromJson(positive, reader), sideFromJson(negative, reader)],
  };
  return {
    ...about,
    bound,
    proof,
    ...(state && {
      state: {
        ...state,
        sides: [stateFromJson(state.positive, reader), stateFromJson(state.negative, reader)] as const,
      },
    }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the schema says so in its own words
    return undefined;
  }
}

interface Reader {
  doubles(text: string, what: string): Float64Array;
  singles(text: string, what: string): Float64Array;
  places(text: string, what: string): Uint32Array;
}

const combinationsFromJson = (
  json: { start: number[]; line: number[]; shares: string } | undefined,
  { doubles }: Reader,
): LineCombinations => ({
  count: Math.max(0, (json?.start.length ?? 1) - 1),
  start: Int32Array.from(json?.start ?? [0]),
  line: Int32Array.from(json?.line ?? []),
  share: json ? doubles(json.shares, 'shares') : new Float64Array(0),
});

const noPairs: Pairs = { at: new Uint32Array(0), value: new Float64Array(0) };
const noSlack: SlackSide = {
  q: new Float64Array(0),
  p: new Float64Array(0),
  plus: noPairs,
  minus: noPairs,
  pairs: noPairs,
};

function sideFromJson(json: Side, { doubles, singles, places }: Reader): ProofSide {
  const pairsOf = ({ at, values }: Side['plus']): Pairs => ({ at: places(at, 'at'), value: singles(values, 'values') });
  const slackOf = ({ q, p, plus, minus, pairs: both }: NonNullable<Side['slack']>): SlackSide => ({
    q: singles(q, 'q'),
    p: singles(p, 'p'),
    plus: pairsOf(plus),
    minus: pairsOf(minus),
    pairs: pairsOf(both),
  });
  return {
    alpha: json.alpha,
    qPlus: singles(json.qPlus, 'qPlus'),
    qMinus: singles(json.qMinus, 'qMinus'),
    pPlus: singles(json.pPlus, 'pPlus'),
    pMinus: singles(json.pMinus, 'pMinus'),
    diagonal: doubles(json.diagonal, 'diagonal'),
    plus: pairsOf(json.plus),
    minus: pairsOf(json.minus),
    cross: pairsOf(json.cross),
    slack: json.slack ? slackOf(json.slack) : noSlack,
  };
}

const stateFromJson = (json: { lifts: string; columns: number; factor: string }, { singles }: Reader): SideState => ({
  lifts: singles(json.lifts, 'lifts'),
  columns: json.columns,
  factor: singles(json.factor, 'factor'),
});
