import { useRef, useState } from 'preact/hooks';
import { type Cells, type Dataset, type Point, withCells, withoutRow, withRow } from '../core/dataset.js';
import { rounded } from '../core/sets.js';
import type { Scale } from '../draw/scale.js';
import { studio } from './studio.js';

interface Frame {
  readonly dataset: Dataset | null;
  readonly points: readonly Point[];
  readonly x: Scale;
  readonly y: Scale;
  readonly height: (point: Point) => number;
  /** Cells of a point at a place: its axes and, where it is new or the target is an axis, its target. */
  readonly cellsAt: (x: number, y: number, isNew: boolean) => Cells;
}

/** Pixels within which a click takes hold of a point. */
const reach = 9;

/** Adding, dragging and taking away points with the pointer and with keys. */
export function useEdit(frame: Frame) {
  const [chosen, setChosen] = useState<number | null>(null);
  const dragging = useRef<number | null>(null);
  const waiting = useRef(0);
  const { dataset, points, x, y, height, cellsAt } = frame;
  const latest = useRef(frame);
  latest.current = frame;

  const nearest = (px: number, py: number): Point | null => {
    let best: { point: Point; far: number } | null = null;
    for (const point of points) {
      const far = Math.hypot(x(point.x) - px, y(height(point)) - py);
      if (far < (best?.far ?? reach)) best = { point, far };
    }
    return best?.point ?? null;
  };
  const place = (event: PointerEvent | MouseEvent): [number, number] => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const move = (row: number, cells: Cells): void => {
    const now = latest.current.dataset;
    if (now) studio.edit(withCells(now.table, row, cells));
  };
  const refused = (): boolean => {
    if (dataset?.editable) return false;
    studio.say(
      'note',
      'Points can be added and moved where the drawn columns are all that trains: choose “These columns”.',
    );
    return true;
  };
  const onPointerDown = (event: PointerEvent): void => {
    if (event.button !== 0 || dataset === null) return;
    const [px, py] = place(event);
    const point = nearest(px, py);
    (event.currentTarget as Element).setPointerCapture?.(event.pointerId);
    if (point && event.shiftKey) {
      remove(point.row);
      return;
    }
    if (point) {
      dragging.current = point.row;
      setChosen(point.row);
      return;
    }
    if (refused()) return;
    setChosen(dataset.table.rowCount);
    dragging.current = dataset.table.rowCount;
    studio.edit(withRow(dataset.table, cellsAt(rounded(x.back(px)), rounded(y.back(py)), true)));
  };
  const onPointerMove = (event: PointerEvent): void => {
    const row = dragging.current;
    if (row === null || event.buttons === 0) return;
    const [px, py] = place(event);
    cancelAnimationFrame(waiting.current);
    waiting.current = requestAnimationFrame(() => {
      const { x, y, cellsAt, dataset } = latest.current;
      if (dataset?.editable) move(row, cellsAt(rounded(x.back(px)), rounded(y.back(py)), false));
    });
  };
  const onPointerUp = (): void => {
    dragging.current = null;
  };
  const remove = (row: number): void => {
    if (dataset === null || refused()) return;
    setChosen(null);
    studio.edit(withoutRow(dataset.table, row));
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const k = points.findIndex(({ row }) => row === chosen);
    const point = points[k];
    const step = event.shiftKey ? 10 : 2;
    const shifts: Record<string, readonly [number, number]> = {
      ArrowLeft: [-step, 0],
      ArrowRight: [step, 0],
      ArrowUp: [0, -step],
      ArrowDown: [0, step],
    };
    const shift = shifts[event.key];
    if (event.key === '[' || event.key === ']') {
      const next =
        points[
          (k + (event.key === ']' ? 1 : points.length - 1) + (k < 0 && event.key === '[' ? 1 : 0)) % points.length
        ];
      setChosen(next?.row ?? null);
    } else if (shift && point) {
      if (!refused())
        move(
          point.row,
          cellsAt(rounded(x.back(x(point.x) + shift[0])), rounded(y.back(y(height(point)) + shift[1])), false),
        );
    } else if ((event.key === 'Delete' || event.key === 'Backspace') && point) remove(point.row);
    else if (event.key === 'Enter' && dataset && !refused()) {
      const [cx, cy] = [(x.domain[0] + x.domain[1]) / 2, (y.domain[0] + y.domain[1]) / 2];
      setChosen(dataset.table.rowCount);
      studio.edit(withRow(dataset.table, cellsAt(rounded(cx), rounded(cy), true)));
    } else return;
    event.preventDefault();
  };
  const said = points.findIndex(({ row }) => row === chosen);
  return { chosen, said, handlers: { onPointerDown, onPointerMove, onPointerUp, onKeyDown } };
}
