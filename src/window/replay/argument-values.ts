/** Shorter values occur in almost any window, in characters. */
const minValueLength = 4;
/** Values counted per call: more would let one call dominate the share. */
const maxValues = 1000;

/**
 * Returns the argument values of a tool call, as text: every string and number at any depth of its JSON arguments. A command line has no
 * JSON: its values are the words of the first line, and each further line. Leaves out values under 4 characters.
 */
export function extractArgumentValues(argumentsText: string): readonly string[] {
  const values = new Set<string>();
  const parsed = parseObject(argumentsText);
  if (parsed === undefined) addCommand(argumentsText, values);
  else addLeaves(parsed, values);
  return [...values];
}

function parseObject(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function addLeaves(root: unknown, values: Set<string>): void {
  const pending: unknown[] = [root];
  while (pending.length > 0 && values.size < maxValues) {
    const value = pending.pop();
    if (typeof value === "string" || typeof value === "number") addValue(String(value), values);
    else if (typeof value === "object" && value !== null) pending.push(...Object.values(value));
  }
}

function addCommand(command: string, values: Set<string>): void {
  const lines = command.split("\n");
  for (const word of (lines[0] ?? "").split(/\s+/)) addValue(word, values);
  for (const line of lines.slice(1)) addValue(line.trim(), values);
}

function addValue(value: string, values: Set<string>): void {
  if (value.length >= minValueLength && values.size < maxValues) values.add(value);
}

/** Number of values seen earlier in the conversation, and how many of them the window still contains verbatim. */
export interface ArgumentsPresent {
  readonly seen: number;
  readonly present: number;
}

/** Counts a call's values that came up earlier and, of those, the ones still in the window. */
export function countPresent(values: readonly string[], earlier: string, window: string): ArgumentsPresent {
  const seen = values.filter((value) => earlier.includes(value));
  return { seen: seen.length, present: seen.filter((value) => window.includes(value)).length };
}
