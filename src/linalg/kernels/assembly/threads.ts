// The loop that every thread runs. A job is a kernel number, arguments (arguments.ts) and a number of tasks; threads draw
// tasks until none is left. A task writes results of its own, so who runs it changes nothing.

import {
  CALLER_WAITS, DONE, GENERATION, KERNEL, SCRATCH, SCRATCH_SIZE, SLEEPING, STOP, TASKS, TICKETS,
} from './arguments';

/** Looks at a word this often before a thread lies down to sleep. */
const PATIENCE: i32 = 20000;

/** Runs one task of a kernel; every module of ours says what that is when it starts. */
type Task = (kernel: i32, task: i32, scratch: usize) => void;
let runTask: Task = (_kernel: i32, _task: i32, _scratch: usize): void => {};
export function setTasks(run: Task): void {
  runTask = run;
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
