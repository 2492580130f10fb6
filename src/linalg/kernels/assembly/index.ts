// The kernels and the loop that every thread runs. A job is a kernel number, arguments (arguments.ts) and a number of
// tasks; threads draw tasks until none is left. A task writes results of its own, so who runs it changes nothing.

import {
  address, ARGUMENTS, CALLER_WAITS, DONE, GENERATION, integer, KERNEL, number, RESULT, SCRATCH, SCRATCH_SIZE, SLEEPING, STOP,
  TASKS, TICKETS,
} from './arguments';
import { choleskyRowsTask } from './cholesky';
import { coneProximalRange } from './cones';
import { productTask, vectorTask } from './dense';
import { raysTask, sidesTask, unitRowsTask } from './rays';
import { gateTask, reluTask } from './gates';
import { columnsTask, forwardTask, transposeProductTask } from './lifted';

export { choleskyDiagonal, choleskySolve, CHOLESKY_SCRATCH, PANEL } from './cholesky';
export { complementBasis, complementScratchBytes, coneScratchBytes, factorNumbers, nullBasis, nullBasisScratchBytes, spanBasis } from './cones';
export { mirror } from './dense';
export { forwardScratchBytes, transposePatterns } from './lifted';
export { PRODUCT_SCRATCH, TILE_COLUMNS } from './product';
export { panelCount, TABLE_SCRATCH } from './tables';
export { ARGUMENTS, RESULT };

/** Looks at a word this often before a thread lies down to sleep. */
const PATIENCE: i32 = 20000;

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
    address(18), from, min(integer(20), from + integer(19)), scratch, address(21), address(22), address(23),
  );
  atomic.add<i32>(RESULT, active);
}

/** Runs every task on this thread. */
export function runAlone(kernel: i32, tasks: i32, scratch: usize): void {
  for (let task = 0; task < tasks; task++) runTask(kernel, task, scratch);
}

/**
 * Runs the tasks together with the threads that `serve` and returns when all are done. Thread t has `scratchSize` bytes
 * at scratch + t·scratchSize; the caller is thread 0. `mayWait`: it may sleep (a page's main thread may not).
 */
export function runTogether(kernel: i32, tasks: i32, scratch: usize, scratchSize: usize, mayWait: bool): void {
  store<i32>(KERNEL, kernel);
  store<i32>(TASKS, tasks);
  store<usize>(SCRATCH, scratch);
  store<usize>(SCRATCH_SIZE, scratchSize);
  atomic.store<i32>(DONE, 0);
  atomic.store<i32>(TICKETS, tasks);
  atomic.add<i32>(GENERATION, 1);
  if (atomic.load<i32>(SLEEPING) > 0) atomic.notify(GENERATION, -1);
  drawTasks(0);
  awaitEnd(tasks, mayWait);
}

function awaitEnd(tasks: i32, mayWait: bool): void {
  for (let looks = 0; ; looks++) {
    const done = atomic.load<i32>(DONE);
    if (done === tasks) return;
    if (!mayWait || looks < PATIENCE) continue;
    atomic.store<i32>(CALLER_WAITS, 1);
    atomic.wait<i32>(DONE, done, -1);
    atomic.store<i32>(CALLER_WAITS, 0);
  }
}

/**
 * Tickets count down. A thread that comes late may draw one of the next job: that is as good, since everything about a
 * job is read after the ticket, and a job does not end before each of its tickets is done.
 */
function drawTasks(thread: i32): void {
  while (atomic.load<i32>(TICKETS) > 0) {
    const ticket = atomic.sub<i32>(TICKETS, 1);
    if (ticket <= 0) return;
    const tasks = load<i32>(TASKS);
    const scratch = load<usize>(SCRATCH) + <usize>thread * load<usize>(SCRATCH_SIZE);
    runTask(load<i32>(KERNEL), tasks - ticket, scratch);
    if (atomic.add<i32>(DONE, 1) + 1 === tasks && atomic.load<i32>(CALLER_WAITS)) atomic.notify(DONE, -1);
  }
}

/** Ends the life of every other thread. */
export function stop(): void {
  atomic.store<i32>(STOP, 1);
  atomic.add<i32>(GENERATION, 1);
  atomic.notify(GENERATION, -1);
}

/** The life of thread 1, 2, …: until STOP is set and GENERATION moves. */
export function serve(thread: i32): void {
  let seen = 0;
  while (!atomic.load<i32>(STOP)) {
    drawTasks(thread);
    seen = awaitJob(seen);
  }
}

/** Returns the generation, once it is not `seen`. */
function awaitJob(seen: i32): i32 {
  for (let looks = 0; looks < PATIENCE; looks++) {
    const now = atomic.load<i32>(GENERATION);
    if (now !== seen) return now;
  }
  atomic.add<i32>(SLEEPING, 1);
  while (atomic.load<i32>(GENERATION) === seen) atomic.wait<i32>(GENERATION, seen, -1);
  atomic.sub<i32>(SLEEPING, 1);
  return atomic.load<i32>(GENERATION);
}
