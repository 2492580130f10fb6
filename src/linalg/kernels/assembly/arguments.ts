// The caller writes the numbers of a job here (all as f64: addresses and counts are exact); every thread reads them.

/** Words of the control block, 64 bytes apart: threads that write different ones do not disturb each other. */
export const GENERATION: usize = 64;
export const TICKETS: usize = 128;
export const DONE: usize = 192;
export const SLEEPING: usize = 256;
export const CALLER_WAITS: usize = 320;
export const RESULT: usize = 384;
export const KERNEL: usize = 448;
export const TASKS: usize = 452;
export const STOP: usize = 456;
export const SCRATCH: usize = 460;
export const SCRATCH_SIZE: usize = 464;
export const ARGUMENTS: usize = 512;

// @ts-ignore: decorator
@inline
export function number(index: i32): f64 {
  return load<f64>(ARGUMENTS + ((<usize>index) << 3));
}

// @ts-ignore: decorator
@inline
export function address(index: i32): usize {
  return <usize>number(index);
}

// @ts-ignore: decorator
@inline
export function integer(index: i32): i32 {
  return <i32>number(index);
}
