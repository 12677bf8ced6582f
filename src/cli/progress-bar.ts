import { progress } from "@clack/prompts";
import type { Terminal } from "./terminal.ts";

/** Shows how far a long work is, on a terminal; elsewhere nothing, so that output can be read by programs. */
export interface ProgressBar {
  /** Resolves at once, but now and then only after the bar had a turn of the event loop to be drawn. */
  readonly step: (done: number, of: number) => Promise<void>;
  readonly stop: () => void;
}

/** How often the bar gets a turn: often enough to move, seldom enough to cost nothing. */
const drawEveryMs = 80;

/** Starts a progress bar. It writes to standard error: standard output is for results. */
export function startProgress(terminal: Terminal, what: string): ProgressBar {
  if (!terminal.isInteractive) return { step: async () => undefined, stop: () => undefined };
  const total = 100;
  const shown = progress({ max: total, output: process.stderr });
  shown.start(what);
  let at = 0;
  let drawn = performance.now();
  return {
    step: async (done, of) => {
      const next = Math.floor((done / Math.max(1, of)) * total);
      if (next === at) return;
      shown.advance(next - at, `${what}: ${done} of ${of}`);
      at = next;
      if (performance.now() - drawn < drawEveryMs) return;
      await new Promise((resolve) => setTimeout(resolve, 1));
      drawn = performance.now();
    },
    stop: () => shown.stop(`${what}: done`),
  };
}
