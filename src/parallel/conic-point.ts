import type { ConicLayout, ConicProgram } from './conic.js';

/** A primal-dual point of the interior-point method, or a direction from one. */
export class ConicPoint {
  readonly z: Float64Array;
  readonly bias: Float64Array;
  /** Bounds of the groups' norms. */
  readonly t: Float64Array;
  /** Slacks and duals of the cone rows. */
  readonly slack: Float64Array;
  readonly nu: Float64Array;
  /** Slacks and duals of the second-order cones, with one view a group. */
  readonly s: Float64Array;
  readonly y: Float64Array;
  readonly sOf: readonly Float64Array[];
  readonly yOf: readonly Float64Array[];

  constructor(layout: ConicLayout, outputs: number) {
    this.z = new Float64Array(layout.variables);
    this.bias = new Float64Array(outputs);
    this.t = new Float64Array(layout.groups);
    this.slack = new Float64Array(layout.rows);
    this.nu = new Float64Array(layout.rows);
    this.s = new Float64Array(layout.coneEntries);
    this.y = new Float64Array(layout.coneEntries);
    this.sOf = layout.cones(this.s);
    this.yOf = layout.cones(this.y);
  }

  move(d: ConicPoint, length: number): void {
    add(this.z, d.z, length);
    add(this.bias, d.bias, length);
    add(this.t, d.t, length);
    add(this.slack, d.slack, length);
    add(this.nu, d.nu, length);
    add(this.s, d.s, length);
    add(this.y, d.y, length);
  }
}

function add(values: Float64Array, move: Float64Array, length: number): void {
  for (let k = 0; k < values.length; k++) values[k] += length * move[k];
}

/** The constant model, with groups of such a size that their penalty would be its loss; inside all cones. */
export function firstPoint(program: ConicProgram, layout: ConicLayout): ConicPoint {
  const { loss, y, outputs, threshold, bias } = program;
  const point = new ConicPoint(layout, outputs);
  if (bias) loss.bestBias(new Float64Array(y.length), y, outputs, point.bias);
  const constant = Float64Array.from(y, (_, i) => point.bias[i % outputs]);
  const value = loss.value(constant, y, outputs) / (threshold * Math.max(1, layout.groups));
  const size = value > 0 && Number.isFinite(value) ? value : 1;
  point.t.fill(size);
  for (const s of point.sOf) s[0] = size;
  for (const own of point.yOf) own[0] = threshold;
  point.slack.fill(size);
  layout.blocks.forEach(({ cone }, b) => {
    layout.ownRows(point.nu, b).fill(threshold / Math.sqrt(cone?.count || 1));
  });
  return point;
}
