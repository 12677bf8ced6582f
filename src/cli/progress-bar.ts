import { progress } from "@clack/prompts";
import type { Terminal } from "./terminal.ts";

/** Shows how far a long work is, on a terminal; elsewhere nothing, so that output can be read by programs. */
export interface ProgressBar {
  /**
   * Resolves at once, but now and then only after the bar had a turn of the event loop to be drawn. `note` stands beside the bar
   * in the place of `done of of`.
   */
  readonly step: (done: number, of: number, note?: string) => Promise<void>;
  /** Prints a line of the result above the bar. */
  readonly print: (line: string) => void;
  readonly stop: () => void;
}

/** How often the bar gets a turn: often enough to move, seldom enough to cost nothing. */
const drawEveryMs = 80;

/** Characters of the bar. With the words beside it, it has to stay on one line: what is drawn over two cannot be drawn anew. */
const barSize = 20;
/** What stands around bar and words. */
const aroundBar = 8;

/** A time that is left, as people say it: `1:05`, or `12 s`. */
export function describeTimeLeft(seconds: number): string {
  if (!Number.isFinite(seconds)) return "";
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60
    ? `${whole} s left`
    : `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")} left`;
}

/** Starts a progress bar. It writes to standard error: standard output is for results. */
export function startProgress(terminal: Terminal, what: string): ProgressBar {
  const room = terminal.columns - barSize - aroundBar;
  if (!terminal.isInteractive || room < barSize) {
    return { step: async () => undefined, print: terminal.out, stop: () => undefined };
  }
  const total = 100;
  const shown = progress({ max: total, size: barSize, output: process.stderr });
  shown.start(what);
  let at = 0;
  let drawn = performance.now();
  return {
    step: async (done, of, note) => {
      const next = Math.floor((done / Math.max(1, of)) * total);
      const isDue = performance.now() - drawn >= drawEveryMs;
      if (next === at && !(note !== undefined && isDue)) return;
      shown.advance(next - at, `${what}: ${note ?? `${done} of ${of}`}`.slice(0, room));
      at = next;
      if (!isDue) return;
      await new Promise((resolve) => setTimeout(resolve, 1));
      drawn = performance.now();
    },
    print: (line) => {
      // The bar's line is taken away first, and drawn again below.
      process.stderr.write("\r\u001b[J");
      terminal.out(line);
    },
    stop: () => shown.stop(`${what}: done`),
  };
}
