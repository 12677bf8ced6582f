import { plainStyle } from "../report/text/text-style.ts";
import { runCli } from "./run-cli.ts";
import type { Terminal } from "./terminal.ts";

/** A terminal that keeps what is written to it, and gives `input` as standard input. */
export interface CapturedTerminal {
  readonly terminal: Terminal;
  /** What was written to standard output so far. */
  readonly out: () => string;
  /** What was written to standard error so far. */
  readonly error: () => string;
}

/** Returns a terminal for tests, with lines of any length unless `more` says otherwise. */
export function captureTerminal(input = "", more: Partial<Terminal> = {}): CapturedTerminal {
  const out: string[] = [];
  const error: string[] = [];
  return {
    terminal: {
      out: (text) => void out.push(text),
      error: (text) => void error.push(text),
      progress: () => undefined,
      input: () => Promise.resolve(new TextEncoder().encode(input)),
      isInteractive: false,
      columns: Infinity,
      errorColumns: 100,
      hasColours: false,
      style: plainStyle,
      ...more,
    },
    out: () => out.join("\n"),
    error: () => error.join("\n"),
  };
}

/** What a command line gave. */
export interface CommandOutcome {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** Runs a command line in this process, as `loadline WORDS` would. */
export async function runWords(...words: readonly string[]): Promise<CommandOutcome> {
  const { terminal, out, error } = captureTerminal();
  const code = await runCli(words, terminal, "0.0.0");
  return { code, out: out(), error: error() };
}
