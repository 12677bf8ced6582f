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

/** ANSI attributes that set a style and take it away: bold, dim, green and red. */
const attributes = { heading: [1, 22], soft: [2, 22], good: [32, 39], fault: [31, 39] } as const;

const sequence = (attribute: number): string => `\u001b[${attribute}m`;

/** Every sequence that `terminalStyle` writes. */
export const styleSequences: readonly string[] = [
  ...new Set(
    Object.values(attributes)
      .flat()
      .map((attribute) => sequence(attribute)),
  ),
];

function wrapIn([on, off]: readonly [number, number]): (text: string) => string {
  return (text) => `${sequence(on)}${text}${sequence(off)}`;
}

/** The styles of terminals that have ANSI attributes. */
export const terminalStyle: TextStyle = {
  heading: wrapIn(attributes.heading),
  soft: wrapIn(attributes.soft),
  good: wrapIn(attributes.good),
  fault: wrapIn(attributes.fault),
};

/** Room and style of a text for a terminal. */
export interface TextLayout {
  /** Characters of a line; Infinity where nothing has to fit. */
  readonly columns: number;
  readonly style: TextStyle;
}

/** Lines of any length without colours. */
export const plainLayout: TextLayout = { columns: Infinity, style: plainStyle };
