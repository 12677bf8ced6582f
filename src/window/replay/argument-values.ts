/** Shorter values are in almost any window and say nothing. */
const minLength = 4;
/** A call with more values than this is cut: the share would be that one call's alone. */
const maxValues = 1000;

/**
 * The values a tool call hands over, as text: every string and number at any depth of its JSON arguments; of a command
 * line, which has no JSON, its words and, where it has several lines, its lines. Values under 4 characters are left out.
 */
export function argumentValues(argumentsText: string): readonly string[] {
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
  if (value.length >= minLength && values.size < maxValues) values.add(value);
}

/** Of the values seen earlier, how many still stand verbatim in the window. */
export interface ArgumentsPresent {
  readonly asked: number;
  readonly present: number;
}

/** Looks for a call's values in what came before it and, of those found, in the window. */
export function countPresent(values: readonly string[], earlier: string, window: string): ArgumentsPresent {
  const asked = values.filter((value) => earlier.includes(value));
  return { asked: asked.length, present: asked.filter((value) => window.includes(value)).length };
}
