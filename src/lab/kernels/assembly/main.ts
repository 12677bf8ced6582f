import { FIRST, LAST, PROGRAM, STOP, awaitRelease, meet, release } from "./control";
import { perform } from "./perform";

/** Bytes of an operation in the program, the same as in ../operation.ts. */
const OPERATION_BYTES: usize = 128;

function runOperations(thread: u32): void {
  const program = load<u32>(PROGRAM);
  const last = load<u32>(LAST);
  for (let index = load<u32>(FIRST); index < last; index++) {
    const operation: usize = program + index * OPERATION_BYTES;
    if (load<u32>(operation, 4) != 0) meet();
    perform(operation, thread);
  }
  meet();
}

/** Runs the operations named in the control block, on all threads; returns when all are done. */
export function run(): void {
  release();
  runOperations(0);
}

/** Serves as one of the other threads until the trainer is closed. `seen` is the number of releases before it started. */
export function serve(thread: u32, seen: i32): void {
  let known = seen;
  while (true) {
    known = awaitRelease(known);
    if (load<u32>(STOP) != 0) return;
    runOperations(thread);
  }
}

/** Wakes the other threads so that they see the stop. */
export function wake(): void {
  release();
}

/** Twelve independent chains of multiply-adds, to measure the core's peak; `at` holds 48 bytes of numbers. */
export { multiplyAddPeak } from "./peak";
