/** A text cut to its beginning and its end. */
export interface HeadAndTail {
  /** At most half of the characters before the first attempt's limit; ends at a line's end if the text has lines. */
  readonly head: string;
  readonly tail: string;
  /** Says what is left out: `lines 12 to 400 of 520`, or `characters …` of a text whose lines are too long. */
  readonly leftOut: string;
}

/** A text that was cut, with its tokens. */
export interface CutText {
  readonly text: string;
  readonly tokens: number;
}

/** How a text is cut. */
export interface CutRequest {
  readonly maxTokens: number;
  /** Tokens of the entire text, as counted before. */
  readonly totalTokens: number;
  /** Returns the note between head and tail. */
  readonly writeNote: (leftOut: string) => string;
  readonly countTokens: (text: string) => number;
}

/** Attempts to come close to the limit from below. Each counts at most the tokens that are allowed. */
const maxAttempts = 8;
/** From this share of the limit on, another attempt would not show noticeably more. */
const closeEnough = 0.97;
/** A next attempt aims a little under the limit, because tokens per character differ along a text. */
const aim = 0.99;
/** A shorter head and tail says nothing, in characters. */
const minCharacters = 32;

/**
 * Cuts a text to its head, a note and its tail, as long as fits. Both ends are cut at line boundaries, in a text of very long lines at
 * spaces, and never within a code point. Returns undefined when no useful part fits.
 */
export function cutToHeadAndTail(text: string, request: CutRequest): CutText | undefined {
  const { maxTokens, totalTokens, writeNote, countTokens } = request;
  const lines = countLines(text);
  const noteTokens = countTokens(writeNote(`lines ${lines} to ${lines} of ${lines}`));
  let best: CutText | undefined;
  let characters = Math.floor(((maxTokens - noteTokens) * text.length) / Math.max(1, totalTokens));
  for (let attempt = 0; attempt < maxAttempts && characters >= minCharacters; attempt++) {
    if (characters >= text.length) characters = text.length - 1;
    const { head, tail, leftOut } = splitEnds(text, characters, lines);
    const joined = `${head}${head === "" || head.endsWith("\n") ? "" : "\n"}${writeNote(leftOut)}\n${tail}`;
    const tokens = countTokens(joined);
    if (tokens <= maxTokens && tokens > (best?.tokens ?? 0)) best = { text: joined, tokens };
    if (tokens <= maxTokens && tokens >= closeEnough * maxTokens) break;
    const shown = Math.max(1, tokens - noteTokens);
    const next = Math.floor(characters * ((aim * (maxTokens - noteTokens)) / shown));
    if (next === characters) break;
    // A text whose tokens are far denser at its ends needs more than one step down.
    characters = tokens > maxTokens ? Math.min(next, characters - 1) : Math.max(next, characters + 1);
  }
  return best;
}

function countLines(text: string): number {
  let lines = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < text.length - 1; at = text.indexOf("\n", at + 1))
    lines++;
  return lines;
}

/** Splits a text into its first and last characters, about half of `characters` each. */
export function splitEnds(text: string, characters: number, lines: number): HeadAndTail {
  const half = Math.floor(characters / 2);
  const head = endHead(text, half);
  const tail = startTail(text, Math.max(head.at, text.length - half));
  const leftOut =
    head.isLine && tail.isLine
      ? describeLines(text, head.at, tail.at, lines)
      : `${tail.at - head.at} of ${text.length} characters`;
  return { head: text.slice(0, head.at), tail: text.slice(tail.at), leftOut };
}

function describeLines(text: string, from: number, to: number, lines: number): string {
  const first = from === 0 ? 1 : countLines(text.slice(0, from)) + 1;
  const last = to === text.length ? lines : lines - countLines(text.slice(to));
  return first === last ? `line ${first} of ${lines}` : `lines ${first} to ${last} of ${lines}`;
}

interface Place {
  readonly at: number;
  readonly isLine: boolean;
}

/** Finds where a head of at most `limit` characters ends: after a line, after a space, else after a code point. */
function endHead(text: string, limit: number): Place {
  const line = text.lastIndexOf("\n", limit - 1) + 1;
  if (line > limit / 2) return { at: line, isLine: true };
  const space = text.lastIndexOf(" ", limit - 1) + 1;
  if (space > limit / 2) return { at: space, isLine: false };
  return { at: avoidSurrogate(text, limit, -1), isLine: false };
}

/** Finds where a tail of at most `text.length - limit` characters starts. */
function startTail(text: string, limit: number): Place {
  const half = limit + (text.length - limit) / 2;
  if (limit === 0 || text.charAt(limit - 1) === "\n") return { at: limit, isLine: true };
  const line = text.indexOf("\n", limit) + 1;
  if (line > 0 && line < half) return { at: line, isLine: true };
  const space = text.indexOf(" ", limit) + 1;
  if (space > 0 && space < half) return { at: space, isLine: false };
  return { at: avoidSurrogate(text, limit, 1), isLine: false };
}

function avoidSurrogate(text: string, at: number, step: -1 | 1): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at + step : at;
}
