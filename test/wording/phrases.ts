/** A phrase that a reader has to translate, and what to write in its place. */
export interface Phrase {
  readonly pattern: RegExp;
  readonly instead: string;
}

/** Words that may follow "a training" when it is an adjective: "a training run". */
const trainingNouns =
  "(?:run|step|task|plan|set|loop|sample|example|batch|job|budget|ledger|engine|framework|setup|text|curve|memory)s?";

/**
 * Banned in comments, strings, documents and test titles. Each pattern matches whole words, in any case; the longer
 * phrases come first, because a place is reported once.
 */
export const phrases: readonly Phrase[] = [
  { pattern: /\bthe other way (?:round|around)\b/gi, instead: "limits" },
  { pattern: /\bheld against\b/gi, instead: "checked against" },
  { pattern: /\b(?:is|are) let\b(?: have)?/gi, instead: "may use" },
  { pattern: /\blet have\b/gi, instead: "may use" },
  { pattern: /\bat most so often\b/gi, instead: "at most N times" },
  { pattern: /\bevery so often\b/gi, instead: "every N ms" },
  { pattern: /\bso (?:many|much|often)\b(?! (?:more|less|that|as))/gi, instead: "N, or the number's name" },
  { pattern: /\bthat (?:is|are) asked\b/gi, instead: "requested" },
  { pattern: /\bcounted apart\b/gi, instead: "counted separately" },
  { pattern: /\bcan really carry\b/gi, instead: "can actually use" },
  { pattern: /\bwhat is to come\b/gi, instead: "planned" },
  { pattern: /\bwill not start so\b/gi, instead: "refuses to start with these settings" },
  {
    pattern: /\b(?:holds?|fits?|gives?|runs?|starts?) (?:it )?so\b(?=[.,;:)]|$)/gi,
    instead: "with these settings",
  },
  { pattern: /\bhas no JSON form\b/gi, instead: "cannot be serialized to JSON" },
  {
    pattern: /\b(?:got|allowed:) (?:one )?(?:with|without) [^,]{1,40}(?:, allowed:| alone\b)/gi,
    instead: "X requires Y, or X is only supported by Y",
  },
  { pattern: /\ballowed: none\b/gi, instead: "what happened and what to do" },
  { pattern: /\bfor ever\b/gi, instead: "forever, or the consequence: starve, grow without bound" },
  { pattern: /\ball the same\b/gi, instead: "even then, anyway, equal" },
  { pattern: /\bnumbers? of use\b/gi, instead: "a finite, usable number" },
  { pattern: /\bfrom which on\b/gi, instead: "once, after" },
  { pattern: /\b(?:has|have) not(?=[.,;:)])/gi, instead: "does not have, does not support" },
  { pattern: /\bno (?:\w+ )?but (?:a|an|the)\b/gi, instead: "uses … instead of …" },
  {
    pattern: /\b(?:is|are|be|being) what (?:a|an|the) \w+ (?:finds|gives|makes)\b/gi,
    instead: "is an output of …",
  },
  {
    pattern:
      /\b(?<!\bthere )(?:is|are|was|were) no(?! (?:longer|more|less|fewer|larger|smaller|bigger|better|worse|faster|slower|higher|lower|greater|later|earlier|cheaper|deeper|shorter|wider|matter)\b) [a-z]+/gi,
    instead: "is not a …, cannot …",
  },
  { pattern: /\b(?<!\bthere )(?:is|are|was|were) none\b/gi, instead: "is not, does not, cannot" },
  { pattern: new RegExp(`\\ba training\\b(?!-| ${trainingNouns}\\b)`, "gi"), instead: "a training run" },
  { pattern: /\btrainings\b/gi, instead: "training runs" },
  { pattern: /\b(?:told|tells)\b/gi, instead: "given, reported, stated" },
  { pattern: /\bdear(?:er|est)?\b/gi, instead: "(more) expensive" },
  { pattern: /\bbeside\b/gi, instead: "next to, in addition to, compared with" },
  { pattern: /\bstands\b/gi, instead: "is, is written, means" },
  { pattern: /\blies\b/gi, instead: "is stored, is" },
  { pattern: /\basked\b/gi, instead: "requested, given" },
  { pattern: /\banew\b/gi, instead: "again" },
];
