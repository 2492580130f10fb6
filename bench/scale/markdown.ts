import type { Exponents, Measurement, ScaleResults } from './types.js';

const seconds = (t: number): string => (t < 10 ? t.toPrecision(2) : t.toFixed(0));

function rows(measurements: readonly Measurement[]): string {
  const head = '| data | patterns | loss | λ | threads | CPU s | wall s | gap | neurons | Newton steps | memory MB |';
  const lines = measurements.map(({ task, solve, megabytes }) => {
    const cells = [`${task.data} ${solve.n} × ${solve.d}`, task.patterns, task.loss, solve.lambda, task.threads];
    const ends = [seconds(solve.cpu), seconds(solve.wall), solve.relativeGap.toExponential(1), solve.neurons];
    return `| ${[...cells, ...ends, solve.newtonSteps, megabytes].join(' | ')} |`;
  });
  return [head, head.replace(/[^|]+/g, ' --- '), ...lines].join('\n');
}

const powers = (e: Exponents | undefined): string =>
  e ? `n^${e.n.toFixed(2)} · d^${e.d.toFixed(2)} · P^${e.patterns.toFixed(2)}` : 'not measured';

/** The text around the figure. */
export function scaleText({ machine, grid, large, mnist, exponents }: ScaleResults): string {
  return `# Cost at size

Machine: ${machine}, shared with other work: CPU seconds, not the clock, tell. Sampled ReLU program, no bias, patterns of random
gates; a solve ends at a proved relative gap of 1e-3 over its patterns. Made by \`npx tsx bench/scale.ts\`.

![CPU seconds over rows, columns and patterns](scale.svg)

Planted data (standard normal X, a teacher of eight ramps, noise 0.1), λ = 0.05 of the longest price at the start; one size at a
time departs from n = 4000, d = 40, P = 400 (${grid.length} programs). Fitted powers of the CPU time:

- price + proximal step + forward product at the solution: ${powers(exponents.pass)}
- solve to gap 1e-3: ${powers(exponents.solve)}

Rows and patterns cost less than linearly: most patterns are idle, and a few tight rows known from before prove it. Columns cost
more than linearly, and more so the more there are. At an optimum over random gates nearly d rows are tight for each neuron. Their
orthonormal bases are kept from one evaluation to the next and updated as rows enter and leave (the places for them take at most
268 MB), and Newton's null spaces come from them. Idle blocks are proved idle by a few sweeps over single multipliers, without a
factorisation; projections move on from the multipliers of the last ones; from 64 columns on a cold solve goes down to its λ in
steps, so that few more blocks are projected than have a neuron in the end. Together these took a solve with 160 columns from 18 to 11 s (22–24 to 12 in
one sitting). Since then bases are kept from one stage to the next as well, blocks that a first step takes barely beyond the
threshold wait until others have joined, and the sweeps are relaxed: 10.5 → 7.6 s with 160 columns, the power of d 1.24 → 1.10.
What is left there has no single home: rows that enter and leave (two fifths), proofs that idle blocks are idle (a quarter), Newton's systems (a fifth).
The gap is that of the dual: after the first proximal step at the last λ the network is within 5e-4 of the best and the gap still 2e-2.

![CPU seconds over n·d·P](scale-product.svg)

Over n·d·P the time grows more slowly than along the line of slope 1 when rows or patterns become more, and up to 40 columns;
beyond, faster.

Nothing of size n·P·d is stored: memory is that of X, of n·P bits, of a few numbers per pattern and column, and of the kept bases.

## Large programs

${rows(large)}

These and those of \`mnist38\` were measured on an otherwise idle machine, after everything above (before it: 108, 266 and 85 CPU s, on an overloaded one, and 64 CPU s for \`mnist38\` at λ = 0.001).
Of the programs with 2,000 patterns that at λ = 0.001 ends with 1,290 neurons: cost follows them, not the patterns.

\`mnist38\`: the 11,982 training images of 3 and 8, pixels over 255, columns of unit norm, targets ±1.

${rows(mnist)}
`;
}
