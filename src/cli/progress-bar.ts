import { progress } from "@clack/prompts";
import type { Terminal } from "./terminal.ts";

/** Shows how far a long work is, on a terminal; elsewhere nothing, so that output can be read by programs. */
export interface ProgressBar {
  readonly step: (done: number, of: number) => void;
  readonly stop: () => void;
}

/** Starts a progress bar. It writes to standard error: standard output is for results. */
export function startProgress(terminal: Terminal, what: string): ProgressBar {
  if (!terminal.isInteractive) return { step: () => undefined, stop: () => undefined };
  const total = 100;
  const shown = progress({ max: total, output: process.stderr });
  shown.start(what);
  let at = 0;
  return {
    step: (done, of) => {
      const next = Math.floor((done / Math.max(1, of)) * total);
      if (next === at) return;
      shown.advance(next - at, `${what}: ${done} of ${of}`);
      at = next;
    },
    stop: () => shown.stop(`${what}: done`),
  };
}
