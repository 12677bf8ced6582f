/** A piece of text that a later call may need verbatim: an identifier, number, date, name, path or address. */
export interface Fact {
  readonly value: string;
  /** How likely a program must repeat it exactly, 0 to 1, judged by its form. */
  readonly weight: number;
}

/** Shorter values occur in any text, in characters. */
const minFactLength = 4;
/** Longer pieces are prose or data, not names, in characters. Also bounds the work of each pattern. */
const maxFactLength = 100;
/** Characters of a text that are searched: the facts of a dump of megabytes would never fit a stub. */
const maxTextLength = 400_000;
/** Facts kept per text, the first ones. */
const maxFacts = 4_000;

/**
 * Weight of a chunk by its form; the first match counts. 1: what programs generate and repeat exactly, such as dates or mixed letters
 * and digits. 0.1: what may be any word. Each pattern sees one chunk of at most `maxFactLength` characters, which bounds backtracking.
 */
const shapes: readonly { readonly pattern: RegExp; readonly weight: number }[] = [
  { pattern: /^\d{4}-\d{2}-\d{2}$/, weight: 1 },
  { pattern: /^\d{1,2}:\d{2}(?::\d{2})?(?:[+-]\d+)?$|^\d{4}-\d{2}-\d{2}[T ]\d/, weight: 0.2 },
  { pattern: /^[+-]?(?:\d[.]?){4,}$/, weight: 0.5 },
  { pattern: /^[+-]?[\d.]+$/, weight: 0 },
  { pattern: /^[^\s@]+@[^\s@]+\.[a-z]{2,}$/i, weight: 0.4 },
  { pattern: /^[a-z][a-z0-9+.-]*:\/\/\S+$/i, weight: 0.4 },
  { pattern: /^[~.\w-]*\/[\w./@+-]+(?::\d+)*$/, weight: 0.9 },
  {
    pattern:
      /^[\w.-]+\.(?:[cm]?[jt]sx?|py|md|json|ya?ml|toml|txt|html?|css|sh|go|rs|java|c|h|cpp|sql|db|csv|xml|log|lock|cfg|ini|rb|php|pdf|png|jpe?g|zip)(?::\d+)*$/,
    weight: 0.9,
  },
  { pattern: /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)+$/, weight: 0.4 },
  { pattern: /^(?=.*\d)(?=.*[A-Za-z])[\w.:#@{}-]+$/, weight: 1 },
  { pattern: /^\w+_\w+$/, weight: 0.6 },
  { pattern: /^[a-z]+(?:-[a-z]+)+$/, weight: 0.4 },
  { pattern: /^[A-Za-z]*[a-z][A-Z]\w*$/, weight: 0.6 },
  { pattern: /^--?[a-z][\w-]*(?:=\S*)?$/, weight: 0.4 },
  { pattern: /^[A-Z][a-zà-ÿ'’-]+$/, weight: 0.5 },
  { pattern: /^[A-Z]{3,}$/, weight: 0.3 },
];
/** Weight of a capitalized word at the start of a sentence: the capital says little. */
const sentenceStartWeight = 0.1;
/** Weight of a short string value of a JSON result whose form matches no shape. */
const plainLeafWeight = 0.3;
/** Weight of a call with its arguments, such as `parse(input.json)`: commands tend to repeat it. */
const callWeight = 0.5;
/** Weight from which a JSON key is a fact itself: it is an identifier such as `card_4421486`. */
const minKeyWeight = 1;

/** Weighs a chunk by its form, 0 to 1. */
function weighShape(chunk: string): number {
  for (const shape of shapes) if (shape.pattern.test(chunk)) return shape.weight;
  return 0;
}

class FactList {
  readonly #weights = new Map<string, number>();

  add(value: string, weight: number): void {
    if (value.length < minFactLength || value.length > maxFactLength || weight <= 0) return;
    const before = this.#weights.get(value);
    if (before === undefined && this.#weights.size >= maxFacts) return;
    if (before === undefined || before < weight) this.#weights.set(value, weight);
  }

  list(): readonly Fact[] {
    return Array.from(this.#weights, ([value, weight]) => ({ value, weight }));
  }
}

function addText(text: string, facts: FactList): void {
  for (const match of text.matchAll(/[A-Za-z_][\w.]{0,60}\([^\s()]{1,40}\)/g))
    facts.add(match[0], callWeight);
  // Quotes, brackets, commas and whitespace separate chunks; punctuation at their ends is dropped.
  for (const match of text.matchAll(/[^\s"'`,;()[\]{}<>|=]+/g)) {
    if (match[0].length > maxFactLength) continue;
    const chunk = match[0].replace(/^[:*]+|[.:!?*]+$/g, "");
    const weight = weighShape(chunk);
    if (weight === 0) continue;
    const before = text.slice(Math.max(0, match.index - 3), match.index);
    const opens = /^[A-Z][a-z]+$/.test(chunk) && /^\s*$|[.!?:\n*-]\s*$/.test(before);
    facts.add(chunk, opens ? sentenceStartWeight : weight);
  }
}

/** A string value of a JSON result up to this length is one fact, whatever its words ("Amelia", "975 Sunset Drive"), in characters. */
const maxLeafLength = 100;

function addLeaves(root: unknown, facts: FactList): void {
  // An explicit stack instead of recursion: the sender chooses the depth.
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value === "string") {
      if (value.length <= maxLeafLength) facts.add(value, Math.max(plainLeafWeight, weighShape(value)));
      else addText(value, facts);
    } else if (typeof value === "number") facts.add(String(value), weighShape(String(value)));
    else if (typeof value === "object" && value !== null) {
      const entries = Object.entries(value);
      for (const [, child] of entries.toReversed()) pending.push(child);
      if (!Array.isArray(value))
        for (const [key] of entries) if (weighShape(key) >= minKeyWeight) facts.add(key, minKeyWeight);
    }
  }
}

/**
 * Extracts the facts of a text, each once, in order of appearance. JSON gives its values, and keys that are identifiers; other text
 * gives chunks that look like identifiers, numbers, dates, paths, addresses or names. Deterministic, without a model, and linear in
 * the text.
 */
export function extractFacts(text: string): readonly Fact[] {
  const read = text.length > maxTextLength ? text.slice(0, maxTextLength) : text;
  const facts = new FactList();
  const parsed = read === text && /^\s*[{[]/.test(read) ? parseJson(read) : undefined;
  if (parsed === undefined) addText(read, facts);
  else addLeaves(parsed, facts);
  return facts.list();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
