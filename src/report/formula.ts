import { checkFormula } from './check.js';
import type { FormulaData, FormulaInput } from './data.js';

const mostNeurons = 4;
const mostInputs = 6;

/** A network that reads well as a formula: 1 to 4 neurons, at most 6 inputs that some neuron reads. */
export const formulaIsSmall = (data: FormulaData): boolean =>
  data.neurons.length > 0 && data.neurons.length <= mostNeurons && activeInputs(data).length <= mostInputs;

export function activeInputs({ inputs, neurons }: FormulaData): FormulaInput[] {
  const reads = (weights: ArrayLike<number> | undefined, k: number): boolean =>
    weights !== undefined && weights[k] !== 0;
  return inputs.filter((_, k) => neurons.some(({ weights, gate }) => reads(weights, k) || reads(gate?.weights, k)));
}

/** A piece of a formula: numbers and signs as they are, names to be set apart and escaped. */
export interface Token {
  readonly kind: 'text' | 'name';
  readonly text: string;
}

/** The formula in lines: the constant first, then a line per neuron. Minus signs are `−`. */
export function formulaLines(data: FormulaData): Token[][] {
  const digits = digitsOf(data);
  const first: Token[] = [name(data.output), text(` = ${signed(data.bias, digits, true)}`)];
  return [
    first,
    ...data.neurons.map(({ sign, weights, offset, gate }) => {
      const inside = sumOf(data.inputs, weights, offset, digits);
      const outer = sign < 0 ? '− ' : '+ ';
      if (gate === undefined) return [text(`${outer}max(0, `), ...inside, text(')')];
      return [
        text(`${outer}(`),
        ...inside,
        text(') if '),
        ...sumOf(data.inputs, gate.weights, gate.offset, digits),
        text(' ≥ 0'),
      ];
    }),
  ];
}

/**
 * The formula as plain text, a line per neuron, e.g. for a terminal.
 * @throws `usage` for weights whose number does not fit the inputs.
 */
export function formulaText(data: FormulaData): string {
  checkFormula(data);
  return formulaLines(data)
    .map((tokens, k) => (k > 0 ? '  ' : '') + tokens.map((token) => token.text).join(''))
    .join('\n');
}

const text = (value: string): Token => ({ kind: 'text', text: value });
const name = (value: string): Token => ({ kind: 'name', text: value });

function sumOf(inputs: readonly FormulaInput[], weights: ArrayLike<number>, offset: number, digits: number): Token[] {
  const tokens: Token[] = [];
  inputs.forEach((input, k) => {
    if (weights[k] === 0) return;
    tokens.push(
      text(`${tokens.length === 0 ? '' : ' '}${signed(weights[k], digits, tokens.length === 0)}·`),
      ...inputTokens(input),
    );
  });
  if (offset !== 0 || tokens.length === 0)
    tokens.push(text(`${tokens.length === 0 ? '' : ' '}${signed(offset, digits, tokens.length === 0)}`));
  return tokens;
}

const inputTokens = ({ name: column, value }: FormulaInput): Token[] =>
  value === undefined ? [name(column)] : [text('['), name(column), text(' is '), name(value), text(']')];

function signed(value: number, digits: number, first: boolean): string {
  const size = plain(Math.abs(value), digits);
  if (first) return value < 0 ? `−${size}` : size;
  return `${value < 0 ? '−' : '+'} ${size}`;
}

/** As people write numbers that a calculator takes as well: `0.00123`, `1.23e-7`. */
const plain = (size: number, digits: number): string => {
  const rounded = Number(size.toPrecision(digits));
  return rounded !== 0 && (rounded < 1e-4 || rounded >= 1e12) ? rounded.toExponential() : String(rounded);
};

/**
 * Digits at which rounding moves no sum by more than a thousandth of what its inputs can do, over their ranges; 4 where
 * ranges are unknown, 12 at most. Large numbers that cancel, like years, need more.
 */
function digitsOf({ inputs, neurons, bias }: FormulaData): number {
  const parts = neurons.flatMap(({ weights, offset, gate }) => [{ weights, offset }, ...(gate ? [gate] : [])]);
  const whole = neurons.reduce((sum, { weights }) => sum + reach(inputs, weights), 0);
  const fine = (digits: number): boolean =>
    rounding(bias, digits) <= 1e-3 * whole &&
    parts.every((part) => moved(inputs, part, digits) <= 1e-3 * reach(inputs, part.weights));
  for (let digits = 4; digits < 12; digits++) if (fine(digits)) return digits;
  return 12;
}

interface Part {
  readonly weights: ArrayLike<number>;
  readonly offset: number;
}

const rounding = (value: number, digits: number): number => Math.abs(value - Number(value.toPrecision(digits)));

const rangeOf = ({ value, range }: FormulaInput): readonly [number, number] | undefined =>
  value === undefined ? range : [0, 1];

/** How far rounding can move the sum. */
function moved(inputs: readonly FormulaInput[], { weights, offset }: Part, digits: number): number {
  return inputs.reduce(
    (sum, input, k) => {
      const range = rangeOf(input);
      return range === undefined
        ? sum
        : sum + rounding(weights[k], digits) * Math.max(Math.abs(range[0]), Math.abs(range[1]));
    },
    rounding(offset, digits),
  );
}

/** How far the inputs can move the sum; without any range nothing limits the rounding. */
function reach(inputs: readonly FormulaInput[], weights: ArrayLike<number>): number {
  const known = inputs.map(rangeOf).filter((range) => range !== undefined);
  if (known.length === 0) return Number.POSITIVE_INFINITY;
  return inputs.reduce((sum, input, k) => {
    const range = rangeOf(input);
    return range === undefined ? sum : sum + Math.abs(weights[k]) * (range[1] - range[0]);
  }, 0);
}
