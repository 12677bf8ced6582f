import { z } from "zod";
import { LoadlineError } from "../../shared/errors.ts";

/** How a text is cut into tokens. */
export type TokenKind = "words" | "characters";

/** The known tokens. Token id 0 is padding and 1 is any unknown token. */
export interface Vocabulary {
  readonly kind: TokenKind;
  /** Ids from 2 on, the most frequent token first. */
  readonly tokens: readonly string[];
}

/** Number of ids before the first token. */
export const specialTokens = 2;

/** Rarer tokens are noise, and each takes a row to train; ids also fit 16 bits. */
const maxTokens = 65_534;

const vocabularySchema: z.ZodType<Vocabulary> = z.strictObject({
  kind: z.enum(["words", "characters"]),
  tokens: z.array(z.string()).max(maxTokens),
});

/** A word, a number, or a mark that carries meaning. */
const wordPattern = /[\p{L}\p{M}]+(?:['’][\p{L}]+)*|\p{N}+|[!?$€£%@#*]/gu;
const urlPattern = /\b(?:https?:\/\/|www\.)\S+/giu;
/** Starts only at the start of a run of such characters; otherwise a long run without @ would take quadratic time. */
const addressPattern = /(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/gu;
/** A longer word is encoded data, not a word. */
const maxWordCharacters = 24;

function nameWord(word: string): string {
  if (word === "URL" || word === "ADDRESS") return `<${word.toLowerCase()}>`;
  if (/^\p{N}/u.test(word)) return `<number ${Math.min(word.length, 6)}>`;
  return word.length > maxWordCharacters ? "<long>" : word.toLowerCase();
}

/** Yields tokens one by one: a list of a large text's tokens takes thirty times its memory. */
function* pieces(text: string, kind: TokenKind): Generator<string> {
  if (kind === "characters") {
    yield* text;
    return;
  }
  const simple = text.replaceAll(urlPattern, " URL ").replaceAll(addressPattern, " ADDRESS ");
  for (const [word] of simple.matchAll(wordPattern)) yield nameWord(word);
}

/**
 * Cuts a text into tokens: its characters, or its words in lower case, with addresses, links and numbers replaced by placeholders.
 */
export function cutText(text: string, kind: TokenKind): readonly string[] {
  return [...pieces(text, kind)];
}

/** Learns the most frequent tokens of texts, those that occur at least `minCount` times; equally frequent ones in alphabetical order. */
export function learnVocabulary(
  texts: Iterable<string>,
  kind: TokenKind,
  options: { readonly maxSize?: number; readonly minCount?: number } = {},
): Vocabulary {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const token of pieces(text, kind)) counts.set(token, (counts.get(token) ?? 0) + 1);
  }
  const tokens = [...counts]
    .filter(([, count]) => count >= (options.minCount ?? 1))
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .slice(0, Math.min(options.maxSize ?? maxTokens, maxTokens))
    .map(([token]) => token);
  return { kind, tokens };
}

/** Makes a function that turns a text into token ids. */
export function createEncoder(vocabulary: Vocabulary): (text: string) => readonly number[] {
  const numbers = new Map(vocabulary.tokens.map((token, index) => [token, index + specialTokens]));
  return (text) => cutText(text, vocabulary.kind).map((token) => numbers.get(token) ?? 1);
}

/** Encodes a large text as token ids, two bytes each. */
export function encodeTokens(vocabulary: Vocabulary, text: string): Uint16Array {
  const numbers = new Map(vocabulary.tokens.map((token, index) => [token, index + specialTokens]));
  // A token has at least one character. Memory that is never written is not allocated by the system.
  const tokens = new Uint16Array(text.length);
  let count = 0;
  for (const piece of pieces(text, vocabulary.kind)) {
    tokens[count] = numbers.get(piece) ?? 1;
    count++;
  }
  return tokens.subarray(0, count);
}

/** Returns the text of a token id: empty for padding, U+FFFD for an unknown one. */
export function tokenText(vocabulary: Vocabulary, id: number): string {
  if (id === 0) return "";
  return vocabulary.tokens[id - specialTokens] ?? "\u{fffd}";
}

/** Reads a vocabulary from JSON text. Errors: `invalid-data`. */
export function parseVocabulary(text: string, file: string): Vocabulary {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new LoadlineError("invalid-data", `${file}: its vocabulary is not JSON`, { cause });
  }
  const parsed = vocabularySchema.safeParse(value);
  if (!parsed.success) {
    throw new LoadlineError(
      "invalid-data",
      `${file}: its vocabulary is damaged (${parsed.error.issues[0]?.message})`,
    );
  }
  return parsed.data;
}
