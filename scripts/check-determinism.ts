/**
 * Holds `src/` to "same seed, same bytes on every engine" (docs/conventions.md): no function that engines round
 * differently, no clock, no locale, no randomness without a seed. Files that only show things are free.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** What these produce is looked at, never computed with; exported code runs elsewhere. */
const free = ['cli/', 'report/', 'model/words.ts', 'networks/code/', 'linalg/kernels/assembly/'];

/** The clock serves time limits and progress, nothing else. */
const clock = ['base/run.ts'];

const inexact =
  /\bMath\.(exp|expm1|log|log1p|log2|log10|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|asinh|acosh|atanh|pow|cbrt|hypot)\b/;
const rules: ReadonlyArray<readonly [pattern: RegExp, advice: string, allowed?: readonly string[]]> = [
  [inexact, 'engines round it differently; src/base has exp, log, log1p, circlePoint and binaryExponent'],
  [/(?<!(?<![\d.])2 )\*\*(?! 2\b(?!\.))/, 'only x ** 2 and 2 ** k are exact'],
  [/\bMath\.random\b|\bcrypto\./, 'random numbers come from createRandom'],
  [/\bnew Date\b|\bDate\.|\bperformance\./, 'no clock may reach a result; Run has the time', clock],
  [/\blocaleCompare\b|\btoLocale|\bIntl\./, 'depends on the locale'],
];

/** Comments out, line numbers kept. */
const bare = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, '')).replace(/(^|\s)\/\/.*$/gm, '$1');

const src = resolve(import.meta.dirname, '../src');
const problems: string[] = [];
for (const name of readdirSync(src, { recursive: true, encoding: 'utf8' })) {
  if (!name.endsWith('.ts') || free.some((start) => name.startsWith(start))) continue;
  bare(readFileSync(join(src, name), 'utf8'))
    .split('\n')
    .forEach((line, i) => {
      for (const [pattern, advice, allowed] of rules) {
        const found = pattern.exec(line);
        if (found && !allowed?.includes(name)) problems.push(`src/${name}:${i + 1}: ${found[0]}: ${advice}`);
      }
    });
}

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log('determinism: no function that engines round differently, no clock, no locale');
