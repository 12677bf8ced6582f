import { finish } from "../../../shared/steps.ts";
import type { Steps } from "../../../shared/steps.ts";
import { stem } from "./stem.ts";
import { stopWords } from "./stop-words.ts";
import { splitIntoGrams, hasUnspacedScript, splitByScript } from "./unspaced-script.ts";

/**
 * Version of the rules below, kept with every stored index. Raise it with any change of the terms of some text: an index of
 * another version must be rebuilt.
 */
export const wordsVersion = 1;

/** A longer run of letters and digits is data, not a word; a SHA-256 in hex (64) still matches in full. */
const maxTermLength = 64;

/**
 * A chunk is a word, an identifier or a path. The bounds keep the regular expression's backtracking stack small:
 * an unbounded class overflows it on a run of some ten million characters.
 */
const chunk = /[\p{L}\p{N}\p{M}_]{1,4096}(?:['’.:/\\@+#-]{1,2}[\p{L}\p{N}\p{M}_]{1,256}){0,24}(?:\+\+|#)?/gu;

const contraction = /^(.*?)(?:n['’]t|['’](?:s|m|re|ve|ll|d))$/;

/** Words repeat: keeps up to this many stems, then forgets them together. */
const maxRememberedStems = 20_000;
const rememberedStems = new Map<string, string>();

/**
 * Returns the searchable terms of a text, in order, with repeats: stems of English words without stop words, numbers,
 * identifiers and paths (in full and in parts), and characters and pairs of scripts without spaces. The same text gives the
 * same terms on every machine. Linear in the text's length, for any text.
 */
export function extractTerms(text: string, maxTerms: number = Number.POSITIVE_INFINITY): string[] {
  return finish(extractTermsInSteps(text, maxTerms));
}

/** Chunks of a text between two steps: under a millisecond. */
const chunksPerStep = 200;

/** Returns the terms of a text as `extractTerms` does, in steps. */
export function* extractTermsInSteps(text: string, maxTerms: number): Steps<string[]> {
  const terms: string[] = [];
  let chunks = 0;
  for (const match of text.matchAll(chunk)) {
    if (terms.length >= maxTerms) return terms.slice(0, maxTerms);
    addChunk(match[0], terms);
    if (++chunks % chunksPerStep === 0) yield;
  }
  return terms.slice(0, maxTerms);
}

function addChunk(raw: string, terms: string[]): void {
  if (/^[a-zA-Z]+$/.test(raw)) return addSimpleWord(raw, terms);
  const text = normalize(raw);
  if (!hasUnspacedScript(text)) return addCompound(text, terms);
  for (const piece of splitByScript(text)) {
    if (piece.unspaced) for (const gram of splitIntoGrams(piece.text)) terms.push(gram);
    else for (const part of piece.text.match(/[\p{L}\p{N}\p{M}_]+/gu) ?? []) addCompound(part, terms);
  }
}

/**
 * Normalizes a word: full-width forms become plain, accents are removed ("café" and "cafe" are one word), Hangul stays
 * composed. The plain form of a lone vowel sign is a space with an accent: the space is removed too.
 */
function normalize(raw: string): string {
  if (/^[\0-\x7f]*$/.test(raw)) return raw;
  return raw
    .normalize("NFKD")
    .replace(/[\u0300-\u036f\s]+/g, "")
    .replaceAll("’", "'")
    .normalize("NFC");
}

/** Adds a path, each of its segments and their parts; or an identifier and its parts. */
function addCompound(text: string, terms: string[]): void {
  const bare = dropContraction(text);
  if (/^[\p{L}\p{N}\p{M}]+$/u.test(bare)) return addSimpleWord(bare, terms);
  addWhole(bare, terms);
  const segments = bare.split(/[/\\]+/);
  for (const segment of segments) {
    const parts = segment.split(/[^\p{L}\p{N}\p{M}+#]+/u);
    if (parts.length > 1 && segments.length > 1) addWhole(segment, terms);
    for (const part of parts) if (part !== bare) addSimpleWord(part, terms);
  }
}

function dropContraction(text: string): string {
  const bare = contraction.exec(text)?.[1] ?? text;
  // "o'clock", "O'Brien": other apostrophes join their letters, which are not camel case.
  return /['’]/.test(bare) ? bare.replaceAll(/['’]/g, "").toLowerCase() : bare;
}

function addSimpleWord(word: string, terms: string[]): void {
  if (word === "") return;
  const parts = splitCamelCase(word);
  if (parts.length > 1) {
    addWhole(word, terms);
    for (const part of parts) addWord(part, terms);
  } else {
    addWord(word, terms);
  }
}

/** Splits camel case: `parseHTTPHeader` into parse, HTTP, Header. A word in one case, or only capitalised, is one part. */
function splitCamelCase(word: string): readonly string[] {
  if (!/\p{Ll}\p{Lu}|\p{Lu}\p{Lu}\p{Ll}/u.test(word)) return [word];
  return word
    .slice(0, 256)
    .replaceAll(/(\p{Ll})(\p{Lu})|(\p{Lu})(?=\p{Lu}\p{Ll})/gu, (_, low = "", high = "", capital = "") =>
      capital === "" ? `${low} ${high}` : `${capital} `,
    )
    .split(" ");
}

function addWhole(word: string, terms: string[]): void {
  // Accents alone leave nothing, and neither does a lone "n't".
  if (word === "") return;
  terms.push(word.slice(0, maxTermLength).toLowerCase());
}

function addWord(word: string, terms: string[]): void {
  const lower = word.slice(0, maxTermLength).toLowerCase();
  if (stopWords.has(lower) || (lower.length === 1 && /[a-z]/.test(lower))) return;
  let root = rememberedStems.get(lower);
  if (root === undefined) {
    root = stem(lower);
    if (rememberedStems.size >= maxRememberedStems) rememberedStems.clear();
    rememberedStems.set(lower, root);
  }
  terms.push(root);
}
