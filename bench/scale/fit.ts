import { middle } from './plan.js';
import type { Exponents, Measurement } from './types.js';

type Size = 'n' | 'd' | 'patterns';

/** Slopes of log seconds over log size, one size at a time, by least squares. */
export function fitExponents(grid: readonly Measurement[], what: 'pass' | 'solve'): Exponents {
  const seconds = (m: Measurement): number => (what === 'pass' ? (m.pass?.cpu ?? Number.NaN) : m.solve.cpu);
  const slope = (size: Size): number => {
    const points = along(grid, size).map((m) => [Math.log(m.task[size]), Math.log(seconds(m))] as const);
    const [x, y] = [0, 1].map((k) => points.reduce((sum, p) => sum + p[k], 0) / points.length);
    const xy = points.reduce((sum, p) => sum + (p[0] - x) * (p[1] - y), 0);
    return xy / points.reduce((sum, p) => sum + (p[0] - x) ** 2, 0);
  };
  const centre = grid.find(({ task }) => isMiddle(task));
  return { n: slope('n'), d: slope('d'), patterns: slope('patterns'), middle: centre ? seconds(centre) : Number.NaN };
}

const isMiddle = (task: Record<Size, number>): boolean =>
  task.n === middle.n && task.d === middle.d && task.patterns === middle.patterns;

/** The measurements in which only this size departs from the middle, in order. */
export function along(grid: readonly Measurement[], size: Size): Measurement[] {
  const onAxis = grid.filter(({ task }) => isMiddle({ ...task, [size]: middle[size] }));
  return onAxis.sort((a, b) => a.task[size] - b.task[size]);
}
