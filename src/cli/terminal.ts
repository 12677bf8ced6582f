import { plainStyle, terminalStyle } from "../report/text/text-style.ts";
import type { TextStyle } from "../report/text/text-style.ts";
import { readStandardInput } from "./read-standard-input.ts";

/** What a command reads and writes; handed in, so that tests read what a user would see. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** Writes to standard error as it is, without a line end: what is drawn and taken away again. */
  readonly progress: (text: string) => void;
  /** Bytes of standard input, read to its end: the meaning of `-` in place of a file. */
  readonly input: () => Promise<Uint8Array>;
  /** True when a person watches standard error: then there are progress bars. */
  readonly isInteractive: boolean;
  /** Characters of a line; Infinity where standard output is not a terminal. */
  readonly columns: number;
  /** Characters of a line of standard error, where progress is drawn. */
  readonly errorColumns: number;
  readonly hasColours: boolean;
  readonly style: TextStyle;
}

/** Returns the terminal of this process. */
export function processTerminal(): Terminal {
  // Node reads NO_COLOR, FORCE_COLOR and TERM.
  const hasColours = process.stdout.isTTY === true && process.stdout.hasColors();
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    error: (text) => void process.stderr.write(`${text}\n`),
    progress: (text) => void process.stderr.write(text),
    input: readStandardInput,
    isInteractive: process.stderr.isTTY === true && process.env["CI"] === undefined,
    columns: process.stdout.columns ?? Infinity,
    errorColumns: process.stderr.columns ?? 80,
    hasColours,
    style: hasColours ? terminalStyle : plainStyle,
  };
}
