// The kernels of everything, as tasks of threads.ts.

import { address, ARGUMENTS, integer, number, RESULT } from './arguments';
import { choleskyRowsTask } from './cholesky';
import { coneProximalRange } from './cones';
import { productTask, vectorTask } from './dense';
import { raysTask, sidesTask, unitRowsTask } from './rays';
import { gateTask, reluTask } from './gates';
import { columnsTask, forwardTask, transposeProductTask } from './lifted';
import { setTasks } from './threads';

export { choleskyDiagonal, choleskySolve, CHOLESKY_SCRATCH, PANEL } from './cholesky';
export { complementBasis, complementScratchBytes, coneScratchBytes, factorNumbers, nullBasis, nullBasisScratchBytes, screenBytes, screenRowsOf, spanBasis } from './cones';
export { mirror } from './dense';
export { forwardScratchBytes, transposePatterns } from './lifted';
export { PRODUCT_SCRATCH, TILE_COLUMNS } from './product';
export { panelCount, TABLE_SCRATCH } from './tables';
export { runAlone, runTogether, serve, stop } from './threads';
export { ARGUMENTS, RESULT };

function runTask(kernel: i32, task: i32, scratch: usize): void {
  if (kernel === 0) productTask(task, scratch);
  else if (kernel === 1) vectorTask(task);
  else if (kernel === 2) choleskyRowsTask(task, scratch);
  else if (kernel === 3) transposeProductTask(task, scratch);
  else if (kernel === 4) forwardTask(task, scratch);
  else if (kernel === 5) columnsTask(task, scratch);
  else if (kernel === 6) coneTask(task, scratch);
  else if (kernel === 7) raysTask(task);
  else if (kernel === 8) sidesTask();
  else if (kernel === 9) unitRowsTask();
  else if (kernel === 10) reluTask();
  else if (kernel === 11) gateTask();
}

/** Task: some blocks. Arguments in the order of `coneProximalRange`, with the blocks of a task and of all at the end. */
function coneTask(task: i32, scratch: usize): void {
  const from = task * integer(19);
  const active = coneProximalRange(
    integer(0), integer(1), address(2), address(3), address(4), integer(5), address(6), address(7), address(8), address(9),
    number(10), number(11), integer(12) !== 0, integer(13) !== 0, address(14), address(15), address(16), address(17),
    address(18), from, min(integer(20), from + integer(19)), scratch, address(21), address(22), address(23), address(24),
    address(25),
  );
  atomic.add<i32>(RESULT, active);
}

setTasks(runTask);
