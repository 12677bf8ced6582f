import { cutToWidth, fitLines } from "../report/text/format-table.ts";
import { showOnOneLine } from "../report/text/visible-text.ts";
import type { Terminal } from "./terminal.ts";

/** Shows the progress of long work on a terminal; shows nothing elsewhere, so that programs can read the output. */
export interface ProgressBar {
  /**
   * Shows `done` of `of`, or `note` in their place. Yields to the event loop from time to time, so that Ctrl-C is handled during
   * work that never waits.
   */
  readonly step: (done: number, of: number, note?: string) => Promise<void>;
  /** Prints a line of the result above the bar. */
  readonly print: (line: string) => void;
  /** Removes the bar. */
  readonly stop: () => void;
}

/** Often enough to move and to handle a signal, rarely enough to cost nothing. */
const drawEveryMs = 80;
const barWidth = 20;
/** A bar that wraps onto a second line cannot be removed, so the text is cut to what is left of one line. */
const minColumns = 48;

const eraseLine = "\r\u001b[K";

/** Formats the time that is left: `1:05`, or `12 s`. */
export function describeTimeLeft(seconds: number): string {
  if (!Number.isFinite(seconds)) return "";
  const whole = Math.max(0, Math.round(seconds));
  return whole < 60
    ? `${whole} s left`
    : `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")} left`;
}

function drawBar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * barWidth);
  return `${"█".repeat(full)}${"░".repeat(barWidth - full)}`;
}

/**
 * Starts a progress bar on standard error: standard output is for results. The terminal stays as it is (no raw mode), so
 * Ctrl-C reaches the process as a signal.
 */
export function startProgress(terminal: Terminal, what: string): ProgressBar {
  let drawn = performance.now();
  const turn = async (): Promise<boolean> => {
    if (performance.now() - drawn < drawEveryMs) return false;
    drawn = performance.now();
    await new Promise((resolve) => setImmediate(resolve));
    return true;
  };
  const print = (line: string): void => terminal.out(fitLines(line, terminal));
  if (!terminal.isInteractive || terminal.errorColumns < minColumns) {
    return { step: async () => void (await turn()), print, stop: () => undefined };
  }
  const columns = Math.min(terminal.errorColumns, 120);
  return {
    step: async (done, of, note) => {
      if (!(await turn())) return;
      const words = showOnOneLine(`${what}: ${note ?? `${done} of ${of}`}`);
      terminal.progress(
        `${eraseLine}${drawBar(done / Math.max(1, of))} ${cutToWidth(words, columns - barWidth - 2)}`,
      );
    },
    print: (line) => {
      terminal.progress(eraseLine);
      print(line);
    },
    stop: () => terminal.progress(eraseLine),
  };
}
