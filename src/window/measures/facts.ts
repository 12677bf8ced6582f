/** A piece of text that a later call may need verbatim: an identifier, number, date, name, path or address. */
export interface Fact {
  readonly value: string;
  /** How much it looks like something a program has to repeat exactly, 0 to 1. */
  readonly weight: number;
}

/** Longer pieces are prose or data, not the name of anything. It also bounds the work of each pattern. */
const maxFactLength = 100;
/** Text beyond this is not looked at: the facts of a dump of megabytes would never fit a stub. */
const maxTextLength = 400_000;
/** More facts than this of one text are not kept; the first ones are. */
const maxFacts = 4_000;

/**
 * What a chunk's form says of it, first match first: 1 is what programs make and repeat exactly (dates, mixed letters and
 * digits), 0.1 what may be any word. Each pattern is tried on one chunk of at most `maxFactLength` characters, so none can run
 * away.
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
/** A capital that only opens a sentence says little. */
const opensSentence = 0.1;
/** A short string value of a JSON result without any telling form. */
const plainLeaf = 0.3;

/** How much a chunk looks like something a program has to repeat exactly: 0 to 1. */
function shapeWeight(chunk: string): number {
  for (const shape of shapes) if (shape.pattern.test(chunk)) return shape.weight;
  return 0;
}

class FactList {
  readonly #weights = new Map<string, number>();

  add(value: string, weight: number): void {
    if (value.length < 4 || value.length > maxFactLength || weight <= 0) return;
    const before = this.#weights.get(value);
    if (before === undefined && this.#weights.size >= maxFacts) return;
    if (before === undefined || before < weight) this.#weights.set(value, weight);
  }

  list(): readonly Fact[] {
    return Array.from(this.#weights, ([value, weight]) => ({ value, weight }));
  }
}

function addText(text: string, facts: FactList): void {
  // A call as it is written, arguments and all: what a command line is likely to say again.
  for (const match of text.matchAll(/[A-Za-z_][\w.]{0,60}\([^\s()]{1,40}\)/g)) facts.add(match[0], 0.5);
  // Quotes, brackets, commas and blanks part the chunks; sentence marks at their ends fall off.
  for (const match of text.matchAll(/[^\s"'`,;()[\]{}<>|=]+/g)) {
    if (match[0].length > maxFactLength) continue;
    const chunk = match[0].replace(/^[:*]+|[.:!?*]+$/g, "");
    const weight = shapeWeight(chunk);
    if (weight === 0) continue;
    const before = text.slice(Math.max(0, match.index - 3), match.index);
    const opens = /^[A-Z][a-z]+$/.test(chunk) && /^\s*$|[.!?:\n*-]\s*$/.test(before);
    facts.add(chunk, opens ? opensSentence : weight);
  }
}

/** A short string value of a JSON result is a fact as a whole ("Amelia", "975 Sunset Drive"), whatever its words are. */
const maxLeafLength = 100;

function addLeaves(root: unknown, facts: FactList): void {
  // A queue of its own, not recursion: depth is the sender's choice.
  const pending: unknown[] = [root];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value === "string") {
      if (value.length <= maxLeafLength) facts.add(value, Math.max(plainLeaf, shapeWeight(value)));
      else addText(value, facts);
    } else if (typeof value === "number") facts.add(String(value), shapeWeight(String(value)));
    else if (typeof value === "object" && value !== null) {
      const entries = Object.entries(value);
      for (const [, child] of entries.toReversed()) pending.push(child);
      if (!Array.isArray(value)) for (const [key] of entries) if (shapeWeight(key) === 1) facts.add(key, 1);
    }
  }
}

/**
 * The facts of a text, each once, in the order they stand. JSON gives its values (its keys only where they hold digits);
 * other text gives the chunks that look like identifiers, numbers, dates, paths, addresses, names. Deterministic, without
 * a model, linear in the text. Values under 4 characters are left out: they are in any text.
 */
export function factsOf(text: string): readonly Fact[] {
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
