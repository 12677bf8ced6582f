/** What a command writes to; handed in, so that tests read what a user would see. */
export interface Terminal {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  /** True when a person watches: then there are progress bars and colours. */
  readonly isInteractive: boolean;
  readonly columns: number;
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    error: (text) => void process.stderr.write(`${text}\n`),
    isInteractive: process.stderr.isTTY === true && process.env["CI"] === undefined,
    columns: process.stdout.columns ?? 100,
  };
}
