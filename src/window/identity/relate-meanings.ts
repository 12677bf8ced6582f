import { isSameText } from "./canonical-text.ts";
import type { Meaning, Piece } from "./meaning.ts";

/**
 * How a message that a client sends again relates to the stored one: the same words (`equal`), a smaller form of it (`reduced`), or a
 * result that is only known to be much shorter (`shorter`), which counts as reduced if what follows is equal. Undefined: another
 * message.
 */
export type MessageRelation = "equal" | "reduced" | "shorter";

/** A text in place of removed media or a removed result is at most this long. */
const maxPlaceholderCharacters = 400;
/** A cut in the middle leaves out at least this much, so that a changed word does not count as a cut. */
const minCutCharacters = 100;
/** A blanked result is at most this share of the old one. */
const maxShorterShare = 0.5;
/** Lines that say what was left out, in an otherwise unchanged result. */
const maxMarkerLines = 3;

const ranks: readonly MessageRelation[] = ["equal", "reduced", "shorter"];

function worst(relations: readonly (MessageRelation | undefined)[]): MessageRelation | undefined {
  let rank = 0;
  for (const relation of relations) {
    if (relation === undefined) return undefined;
    rank = Math.max(rank, ranks.indexOf(relation));
  }
  return ranks[rank];
}

/** Relates a message as sent to a stored one at the same place. */
export function relateMeanings(sent: Meaning, stored: Meaning): MessageRelation | undefined {
  if (speaksFor(sent) !== speaksFor(stored)) return undefined;
  const media = relateMedia(pick(sent, "media"), pick(stored, "media"));
  const dropped = pick(stored, "media").length - pick(sent, "media").length;
  const results = relateResults(pick(sent, "result"), pick(stored, "result"), dropped > 0);
  return worst([
    isSameList(pick(sent, "call"), pick(stored, "call")) ? "equal" : undefined,
    relateOthers(pick(sent, "other"), pick(stored, "other")),
    results,
    media,
    relateTexts(sent, stored, { hasCommon: results === "equal" && pick(sent, "result").length > 0, dropped }),
  ]);
}

/** Returns who a message speaks for: results come in user messages with or without text next to them. */
function speaksFor({ role }: Meaning): string {
  return role === "tool" ? "user" : role;
}

function pick({ pieces }: Meaning, kind: Piece["kind"]): readonly Piece[] {
  return pieces.filter((piece) => piece.kind === kind);
}

function isSamePiece(a: Piece | undefined, b: Piece | undefined): boolean {
  return a?.text === b?.text && a?.name === b?.name && a?.call === b?.call && a?.media === b?.media;
}

function isSameList(a: readonly Piece[], b: readonly Piece[]): boolean {
  return a.length === b.length && a.every((piece, index) => isSamePiece(piece, b[index]));
}

function isSubsequence(some: readonly Piece[], all: readonly Piece[]): boolean {
  let at = 0;
  for (const piece of all) if (at < some.length && isSamePiece(some[at], piece)) at++;
  return at === some.length;
}

function relateOthers(sent: readonly Piece[], stored: readonly Piece[]): MessageRelation | undefined {
  if (isSameList(sent, stored)) return "equal";
  return isSubsequence(sent, stored) ? "reduced" : undefined;
}

/** Media may be dropped, or encoded again at its place. */
function relateMedia(sent: readonly Piece[], stored: readonly Piece[]): MessageRelation | undefined {
  if (isSameList(sent, stored)) return "equal";
  return isSubsequence(sent, stored) || sent.length === stored.length ? "reduced" : undefined;
}

/** `lostMedia` is true if pictures next to the results were dropped: a line about them may stand in a result. */
function relateResults(
  sent: readonly Piece[],
  stored: readonly Piece[],
  lostMedia: boolean,
): MessageRelation | undefined {
  if (sent.length !== stored.length) return undefined;
  return worst(sent.map((piece, index) => relateResult(piece, stored[index], lostMedia)));
}

function relateResult(
  sent: Piece,
  stored: Piece | undefined,
  lostMedia: boolean,
): MessageRelation | undefined {
  if (stored === undefined || sent.call !== stored.call) return undefined;
  const isMediaSame = sent.media === stored.media;
  if (sent.text === stored.text) return isMediaSame ? "equal" : "reduced";
  if (isPartOf(sent.text, stored.text)) return "reduced";
  if (sent.text.length <= maxShorterShare * stored.text.length || isClearingNote(sent.text)) return "shorter";
  // A picture gave way to a line about it.
  const isLost = lostMedia || (stored.media !== undefined && sent.media === undefined);
  return isLost && isPlaceholder(sent.text, stored.text) ? "reduced" : undefined;
}

/** What clients write in place of a result: one short bracket that says so, also where the result was shorter still. */
const clearingNote =
  /^[[(<{*]{1,2}[^\n]{0,200}\b(?:cleared?|removed?|omitted|truncated|elided|compacted|pruned|hidden|dropped|trimmed|no longer)\b[^\n]{0,200}[\])>}*]{1,2}\.?$/i;

function isClearingNote(text: string): boolean {
  return text.length <= maxPlaceholderCharacters && clearingNote.test(text);
}

function isPlaceholder(sent: string, stored: string): boolean {
  const isShort = sent.length <= stored.length + maxPlaceholderCharacters;
  return isShort && (sent.startsWith(stored) || sent.endsWith(stored));
}

/** Returns true if a text is a beginning, an end, or both ends of another, or some of its lines in order. */
export function isPartOf(part: string, whole: string): boolean {
  if (part.length >= whole.length) return false;
  if (whole.startsWith(part) || whole.endsWith(part)) return true;
  return isCutInside(part, whole) || hasLinesOf(part, whole);
}

function isCutInside(part: string, whole: string): boolean {
  let head = 0;
  while (head < part.length && part.charCodeAt(head) === whole.charCodeAt(head)) head++;
  let tail = 0;
  while (
    tail < part.length - head &&
    part.charCodeAt(part.length - 1 - tail) === whole.charCodeAt(whole.length - 1 - tail)
  )
    tail++;
  const inserted = part.length - head - tail;
  return (
    head + tail > 0 &&
    inserted <= maxPlaceholderCharacters &&
    inserted < head + tail &&
    whole.length - head - tail >= minCutCharacters + inserted
  );
}

function hasLinesOf(part: string, whole: string): boolean {
  const lines = part.split("\n");
  let markers = 0;
  let at = 0;
  const all = whole.split("\n");
  for (const line of lines) {
    let next = at;
    while (next < all.length && all[next] !== line) next++;
    if (next < all.length) at = next + 1;
    else if (++markers > maxMarkerLines || line.length > maxPlaceholderCharacters) return false;
  }
  return lines.length - markers > markers;
}

/** Blocks that clients add to the newest message and take out of older ones, by the words in their tags. */
const addedBlock =
  /<([a-z][\w-]*(?:reminder|environment|context|todo|status|usage|budget|time)[\w-]*|environment\w*|context|todo\w*|status|time|reminder)\b[^>]*>[\s\S]*?<\/\1>/gi;

/** Splits a text into what is said and the blocks that a client added to it. */
function splitAdded(text: string): { readonly said: readonly string[]; readonly added: readonly string[] } {
  const added: string[] = [];
  const said = text.replace(addedBlock, (block) => (added.push(block), "\u0000"));
  return {
    said: said
      .split("\u0000")
      .map((piece) => piece.trim())
      .filter((piece) => piece !== ""),
    added,
  };
}

interface TextContext {
  /** True if the messages have something else in common. */
  readonly hasCommon: boolean;
  /** Number of media that were dropped. */
  readonly dropped: number;
}

/**
 * Relates the texts. A user's message may lose or gain whole blocks as long as one is equal; both at once only for blocks that a
 * client adds (reminders, environment): a user who asks something else about the same document says something else.
 */
function relateTexts(sent: Meaning, stored: Meaning, context: TextContext): MessageRelation | undefined {
  const now = pick(sent, "text").map((piece) => piece.text);
  const before = pick(stored, "text").map((piece) => piece.text);
  if (isSameText(now, before)) return "equal";
  if (speaksFor(sent) !== "user") return undefined;
  const saidNow = now.flatMap((text) => splitAdded(text).said);
  const saidBefore = before.flatMap((text) => splitAdded(text).said);
  if (isSameText(saidNow, saidBefore)) return saidNow.length > 0 || context.hasCommon ? "reduced" : undefined;
  const remaining = [...saidBefore];
  const gained = saidNow.filter((text) => {
    const at = remaining.indexOf(text);
    if (at !== -1) remaining.splice(at, 1);
    return at === -1;
  });
  const isStandIn =
    gained.length <= context.dropped && gained.every((text) => text.length <= maxPlaceholderCharacters);
  const hasEqual = context.hasCommon || remaining.length < saidBefore.length;
  if (gained.length > 0 && isStandIn && remaining.length === 0) return "reduced";
  if (gained.length > 0 && remaining.length > 0) return undefined;
  return hasEqual ? "reduced" : undefined;
}
