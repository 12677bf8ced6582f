import { progress } from "@clack/prompts";
import type { Terminal } from "./terminal.ts";

/** Shows how far a long work is, on a terminal; elsewhere nothing, so that output can be read by programs. */
export interface ProgressBar {
  /**
   * Resolves at once, but now and then only after the bar had a turn of the event loop to be drawn. `note` stands beside the bar
   * in the place of `done of of`.
   */
  readonly step: (done: number, of: number, note?: string) => Promise<void>;
  readonly stop: () => void;
}

/** How often the bar gets a turn: often enough to move, seldom enough to cost nothing. */
const drawEveryMs = 80;

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
  if (!terminal.isInteractive) return { step: async () => undefined, stop: () => undefined };
  const total = 100;
  const shown = progress({ max: total, output: process.stderr });
  shown.start(what);
  let at = 0;
  let drawn = performance.now();
  return {
    step: async (done, of, note) => {
      const next = Math.floor((done / Math.max(1, of)) * total);
      const isDue = performance.now() - drawn >= drawEveryMs;
      if (next === at && !(note !== undefined && isDue)) return;
      shown.advance(next - at, `${what}: ${note ?? `${done} of ${of}`}`);
      at = next;
      if (!isDue) return;
      await new Promise((resolve) => setTimeout(resolve, 1));
      drawn = performance.now();
    },
    stop: () => shown.stop(`${what}: done`),
  };
}
