/** How parts of a text for a terminal are set off from the rest. */
export interface TextStyle {
  readonly heading: (text: string) => string;
  readonly soft: (text: string) => string;
  readonly good: (text: string) => string;
  readonly fault: (text: string) => string;
}

/** No colours: files, pipes, and terminals that have none. */
export const plainStyle: TextStyle = {
  heading: (text) => text,
  soft: (text) => text,
  good: (text) => text,
  fault: (text) => text,
};

/** Wraps a text in an ANSI attribute. */
function ansi(on: number, off: number): (text: string) => string {
  return (text) => `\u001b[${on}m${text}\u001b[${off}m`;
}

/** Bold, dim, green and red, as ANSI terminals have them. */
export const terminalStyle: TextStyle = {
  heading: ansi(1, 22),
  soft: ansi(2, 22),
  good: ansi(32, 39),
  fault: ansi(31, 39),
};

/** Room and style of a text for a terminal. */
export interface TextLayout {
  /** Characters of a line; Infinity where nothing has to fit. */
  readonly columns: number;
  readonly style: TextStyle;
}

/** Lines of any length without colours. */
export const plainLayout: TextLayout = { columns: Infinity, style: plainStyle };
