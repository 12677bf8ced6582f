import { plainStyle, terminalStyle } from "../report/text/text-style.ts";
import type { TextStyle } from "../report/text/text-style.ts";
import { showControls, showControlsInStyled } from "../report/text/visible-text.ts";
import { readStandardInput } from "./read-standard-input.ts";

/** What a command reads and writes; passed in, so that tests read what a user would see. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** Writes to standard error without a line end: for what is drawn and removed again. */
  readonly progress: (text: string) => void;
  /** Bytes of standard input, read to its end: the meaning of `-` in place of a file. */
  readonly input: () => Promise<Uint8Array>;
  /** Whether standard error is a terminal: then progress bars are drawn. */
  readonly isInteractive: boolean;
  /** Characters of a line; Infinity where standard output is not a terminal. */
  readonly columns: number;
  /** Characters of a line of standard error, where progress is drawn. */
  readonly errorColumns: number;
  readonly hasColours: boolean;
  readonly style: TextStyle;
}

/** Columns of a terminal that does not know its width, and reports 0: a pseudo-terminal without a window. */
const usualColumns = 80;

/** Returns the terminal of this process. Control characters of what is printed are shown as escapes, so files cannot steer it. */
export function processTerminal(): Terminal {
  // Node reads NO_COLOR, FORCE_COLOR and TERM.
  const hasColours = process.stdout.isTTY === true && process.stdout.hasColors();
  const show = hasColours ? showControlsInStyled : showControls;
  return {
    out: (text) => void process.stdout.write(`${show(text)}\n`),
    error: (text) => void process.stderr.write(`${show(text)}\n`),
    progress: (text) => void process.stderr.write(text),
    input: readStandardInput,
    isInteractive: process.stderr.isTTY === true && process.env["CI"] === undefined,
    columns: process.stdout.isTTY === true ? process.stdout.columns || usualColumns : Infinity,
    errorColumns: process.stderr.columns || usualColumns,
    hasColours,
    style: hasColours ? terminalStyle : plainStyle,
  };
}
