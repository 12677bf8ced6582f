/**
 * Scripts written without spaces between words, by fixed ranges: Thai, Lao, Myanmar, Khmer, Hangul (whose spaces separate
 * phrases, not dictionary words), kana, bopomofo and Han. Uses ranges instead of `\p{Script=…}` and `Intl.Segmenter`, whose
 * results change with the Unicode data of the machine; an index must not.
 */
const ranges =
  "\\u0E00-\\u0EFF\\u1000-\\u109F\\u1100-\\u11FF\\u1780-\\u17FF\\u3005-\\u3007\\u3040-\\u318F\\u31A0-\\u31BF" +
  "\\u31F0-\\u31FF\\u3400-\\u4DBF\\u4E00-\\u9FFF\\uA960-\\uA97F\\uAC00-\\uD7FF\\uF900-\\uFAFF\\u{20000}-\\u{3FFFF}";

const present = new RegExp(`[${ranges}]`, "u");
const pieces = new RegExp(`[${ranges}]+|[^${ranges}]+`, "gu");

/** Returns true if any character of the text belongs to a script without spaces. */
export function hasUnspacedScript(text: string): boolean {
  return present.test(text);
}

/** Splits a word into pieces of unspaced script and of other characters, in order. */
export function splitByScript(
  word: string,
): readonly { readonly text: string; readonly unspaced: boolean }[] {
  return (word.match(pieces) ?? []).map((text) => ({ text, unspaced: present.test(text) }));
}

/**
 * Returns every character and every pair of neighbouring characters. Pairs find words of two characters and more; single
 * characters find the many words of one.
 */
export function splitIntoGrams(text: string): readonly string[] {
  const grams: string[] = [];
  let previous: string | undefined;
  for (const character of text) {
    if (previous !== undefined) grams.push(previous + character);
    grams.push(character);
    previous = character;
  }
  return grams;
}
