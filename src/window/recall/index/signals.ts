/** What the form of a passage indicates, apart from its words. */
export interface Signals {
  /** It ends with a question: what follows is likely the answer. */
  readonly asks: boolean;
  /** It holds words of time. */
  readonly timed: boolean;
}

const asking = /[?？]["')\]\s]*(?:\[[^\]]*\]\s*)?$/;
const timed =
  /\b(?:yesterday|today|tonight|tomorrow|ago|last|next|recently|since|(?:week|weekend|month|year|day)s?|mon|tues|wednes|thurs|fri|satur|sunday|january|february|march|april|june|july|august|september|october|november|december|(?:19|20)\d\d)(?:day)?\b/i;

/** Characters that are read for the form: a 50 MB tool result need not be searched for a weekday. */
const maxCharacters = 4000;

/** Reads the signals of a passage from its beginning and its end. */
export function readSignals(text: string): Signals {
  return {
    asks: asking.test(text.slice(-300)),
    timed: timed.test(text.slice(0, maxCharacters)),
  };
}
