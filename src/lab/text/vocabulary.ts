import { z } from "zod";
import { LoadlineError } from "../../shared/errors.ts";

/** Which pieces a text is cut into. */
export type TokenKind = "words" | "characters";

/** The pieces that are known, each with its number. 0 is padding and 1 stands for everything unknown. */
export interface Vocabulary {
  readonly kind: TokenKind;
  /** From number 2 on, the most frequent first. */
  readonly tokens: readonly string[];
}

/** Numbers before the first token. */
export const specialTokens = 2;

/** More different tokens than this are noise, and each has a row to train. */
const maxTokens = 65_534;

const vocabularySchema: z.ZodType<Vocabulary> = z.strictObject({
  kind: z.enum(["words", "characters"]),
  tokens: z.array(z.string()).max(maxTokens),
});

/** A word, a mark that carries meaning, or a long run that is cut. */
const wordPattern = /[\p{L}\p{M}]+(?:['’][\p{L}]+)*|\p{N}+|[!?$€£%@#*]/gu;
const urlPattern = /\b(?:https?:\/\/|www\.)\S+/giu;
/** It begins where a run of such characters begins: from within, a long run without @ would be tried from each of them. */
const addressPattern = /(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+/gu;
/** A longer word is an encoded run. */
const longestWord = 24;

function nameWord(word: string): string {
  if (word === "URL" || word === "ADDRESS") return `<${word.toLowerCase()}>`;
  if (/^\p{N}/u.test(word)) return `<number ${Math.min(word.length, 6)}>`;
  return word.length > longestWord ? "<long>" : word.toLowerCase();
}

/** The pieces one after the other: a list of a large text's pieces takes thirty times its room. */
function* pieces(text: string, kind: TokenKind): Generator<string> {
  if (kind === "characters") {
    yield* text;
    return;
  }
  const simple = text.replaceAll(urlPattern, " URL ").replaceAll(addressPattern, " ADDRESS ");
  for (const [word] of simple.matchAll(wordPattern)) yield nameWord(word);
}

/**
 * The pieces of a text: its characters, or its words in lower case, with addresses, links and numbers replaced by what they are.
 */
export function cutText(text: string, kind: TokenKind): readonly string[] {
  return [...pieces(text, kind)];
}

/** Learns the most frequent tokens of some texts, those at least `minCount` times there; of two as frequent the lesser first. */
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

/** Gives tokens their numbers. */
export function createEncoder(vocabulary: Vocabulary): (text: string) => readonly number[] {
  const numbers = new Map(vocabulary.tokens.map((token, index) => [token, index + specialTokens]));
  return (text) => cutText(text, vocabulary.kind).map((token) => numbers.get(token) ?? 1);
}

/** The numbers of a large text's tokens, two bytes each. */
export function encodeTokens(vocabulary: Vocabulary, text: string): Uint16Array {
  const numbers = new Map(vocabulary.tokens.map((token, index) => [token, index + specialTokens]));
  // A piece has at least one character. Room that is not written to is not taken.
  const tokens = new Uint16Array(text.length);
  let count = 0;
  for (const piece of pieces(text, vocabulary.kind)) {
    tokens[count] = numbers.get(piece) ?? 1;
    count += 1;
  }
  return tokens.subarray(0, count);
}

/** The text of a token's number; padding and the unknown have marks of their own. */
export function tokenText(vocabulary: Vocabulary, id: number): string {
  if (id === 0) return "";
  return vocabulary.tokens[id - specialTokens] ?? "\u{fffd}";
}

/** A vocabulary from JSON text. Errors: `invalid-data`. */
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
      `${file}: its vocabulary is broken (${parsed.error.issues[0]?.message})`,
    );
  }
  return parsed.data;
}
