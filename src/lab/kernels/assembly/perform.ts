import { SAMPLES, THREADS } from "./control";
import { CODE } from "./operation";
import { performOnSamples } from "./perform-samples";
import { performOnParameters } from "./perform-parameters";

/** From this code on, threads share out the parameters instead of the samples; the same as in ../operation.ts. */
const FIRST_OF_PARAMETERS: u32 = 64;

/** Performs a thread's share of one operation. */
export function perform(operation: usize, thread: u32): void {
  const samples = load<u32>(SAMPLES);
  const threads = load<u32>(THREADS);
  const code = load<u32>(operation + CODE);
  if (code >= FIRST_OF_PARAMETERS) {
    performOnParameters(code, operation, samples, thread, threads);
  } else {
    const from = (samples * thread) / threads;
    const to = (samples * (thread + 1)) / threads;
    if (to > from) performOnSamples(code, operation, from, to - from, thread);
  }
}
