import { irregularForms } from "./irregular-forms.ts";

/** Exceptions to the rules, from the published algorithm. */
const exceptions: ReadonlyMap<string, string> = new Map([
  ["skis", "ski"],
  ["skies", "sky"],
  ["dying", "die"],
  ["lying", "lie"],
  ["tying", "tie"],
  ["idly", "idl"],
  ["gently", "gentl"],
  ["ugly", "ugli"],
  ["early", "earli"],
  ["only", "onli"],
  ["singly", "singl"],
  ...["sky", "news", "howe", "atlas", "cosmos", "bias", "andes"].map((word): [string, string] => [
    word,
    word,
  ]),
]);

const finishedAfterPlural: ReadonlySet<string> = new Set(
  "inning outing canning herring earring proceed exceed succeed".split(" "),
);

/** Ending, its replacement, and what must precede it; longest ending first. */
type Rule = readonly [ending: string, replacement: string, before?: RegExp];

const derivations: readonly Rule[] = [
  ["ational", "ate"],
  ["ization", "ize"],
  ["fulness", "ful"],
  ["iveness", "ive"],
  ["ousness", "ous"],
  ["tional", "tion"],
  ["biliti", "ble"],
  ["lessli", "less"],
  ["entli", "ent"],
  ["ation", "ate"],
  ["alism", "al"],
  ["aliti", "al"],
  ["ousli", "ous"],
  ["iviti", "ive"],
  ["fulli", "ful"],
  ["enci", "ence"],
  ["anci", "ance"],
  ["abli", "able"],
  ["izer", "ize"],
  ["ator", "ate"],
  ["alli", "al"],
  ["bli", "ble"],
  ["ogi", "og", /l$/],
  ["li", "", /[cdeghkmnrt]$/],
];

const suffixes: readonly Rule[] = [
  ["ational", "ate"],
  ["tional", "tion"],
  ["alize", "al"],
  ["icate", "ic"],
  ["iciti", "ic"],
  ["ative", ""],
  ["ical", "ic"],
  ["ness", ""],
  ["ful", ""],
];

const endings: readonly Rule[] = [
  ..."ement ance ence able ible ment ant ent ism ate iti ous ive ize"
    .split(" ")
    .map((ending): Rule => [ending, ""]),
  ["ion", "", /[st]$/],
  ["al", ""],
  ["er", ""],
  ["ic", ""],
];

const vowel = /[aeiouy]/;
const shortSyllable = /(?:[^aeiouy][aeiouy][^aeiouywxY]|^[aeiouy][^aeiouy])$/;

/**
 * Returns the stem of a lower-case English word by the published English (Porter 2) algorithm, after reducing irregular forms
 * ("went", "children") to their base. Returns a word with anything but a to z unchanged.
 * Source: snowballstem.org, "The English (Porter2) stemming algorithm".
 */
export function stem(word: string): string {
  if (word.length <= 2 || !/^[a-z]+$/.test(word)) return word;
  const base = irregularForms.get(word) ?? word;
  const exception = exceptions.get(base);
  if (exception !== undefined) return exception;
  // A consonant y is written Y while the rules run.
  const marked = base.replace(/^y/, "Y").replace(/([aeiouy])y/g, "$1Y");
  const regionOne = findFirstRegion(marked);
  const regionTwo = findRegion(marked, regionOne);
  const singular = dropPlural(marked);
  if (finishedAfterPlural.has(singular)) return singular;
  let result = dropVerbEnding(singular, regionOne);
  result = result.replace(/(?<=..)(?<=[^aeiouy])[yY]$/, "i");
  result = applyRule(result, derivations, regionOne);
  result = result.endsWith("ative")
    ? dropIn(result, "ative", regionTwo)
    : applyRule(result, suffixes, regionOne);
  result = applyRule(result, endings, regionTwo);
  return dropLastLetter(result, regionOne, regionTwo).toLowerCase();
}

function findRegion(word: string, start: number): number {
  const match = /[aeiouy][^aeiouy]/.exec(word.slice(start));
  return match === null ? word.length : start + match.index + 2;
}

function findFirstRegion(word: string): number {
  const prefix = /^(?:gener|commun|arsen)/.exec(word);
  return prefix === null ? findRegion(word, 0) : prefix[0].length;
}

function dropPlural(word: string): string {
  if (word.endsWith("sses")) return word.slice(0, -2);
  if (/ie[ds]$/.test(word)) return word.length > 4 ? word.slice(0, -2) : word.slice(0, -1);
  if (/(?:us|ss)$/.test(word) || !word.endsWith("s")) return word;
  return vowel.test(word.slice(0, -2)) ? word.slice(0, -1) : word;
}

function dropVerbEnding(word: string, regionOne: number): string {
  const agreed = /eed(?:ly)?$/.exec(word);
  if (agreed !== null) return agreed.index >= regionOne ? `${word.slice(0, agreed.index)}ee` : word;
  const match = /(?:ed|ing)(?:ly)?$/.exec(word);
  if (match === null || !vowel.test(word.slice(0, match.index))) return word;
  const rest = word.slice(0, match.index);
  if (/(?:at|bl|iz)$/.test(rest)) return `${rest}e`;
  if (/(?:bb|dd|ff|gg|mm|nn|pp|rr|tt)$/.test(rest)) return rest.slice(0, -1);
  return regionOne >= rest.length && shortSyllable.test(rest) ? `${rest}e` : rest;
}

function applyRule(word: string, rules: readonly Rule[], region: number): string {
  for (const [ending, replacement, before] of rules) {
    if (!word.endsWith(ending)) continue;
    const start = word.length - ending.length;
    const rest = word.slice(0, start);
    // Only the longest ending counts: a shorter one is not tried if its place is wrong.
    return start >= region && (before === undefined || before.test(rest)) ? rest + replacement : word;
  }
  return word;
}

function dropIn(word: string, ending: string, region: number): string {
  const start = word.length - ending.length;
  return start >= region ? word.slice(0, start) : word;
}

function dropLastLetter(word: string, regionOne: number, regionTwo: number): string {
  const last = word.length - 1;
  const rest = word.slice(0, last);
  if (word.endsWith("e"))
    return last >= regionTwo || (last >= regionOne && !shortSyllable.test(rest)) ? rest : word;
  return word.endsWith("ll") && last >= regionTwo ? rest : word;
}
