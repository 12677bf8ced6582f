import { itemFormats } from "../conversation/message/message.ts";
import type { Format, Role } from "../conversation/message/message.ts";
import type { EntryItem, Item, UnansweredCalls } from "../measures/layout.ts";
import { isReasoningOnly } from "../measures/lossless.ts";
import { answerText } from "../measures/repair-items.ts";
import type { Entry } from "../store/store.ts";
import type { WindowMessage } from "./assemble-window.ts";
import {
  canLoseId,
  cutId,
  holdsResultsInUserMessages,
  insertBehindResults,
  joinContents,
} from "./splice-message.ts";
import { writeAnswers } from "./write-answers.ts";

/** What composing needs to know of the thread. */
export interface ComposeContext {
  readonly format: Format;
  /** True for strict templates: neighbours of one role become one message. */
  readonly alternate: boolean;
  readonly entryAt: (seq: number) => Entry | undefined;
}

interface Piece {
  readonly message: WindowMessage;
  readonly role: Role;
  /** True for an assistant message with calls, over which strict templates pass. */
  readonly hasCalls: boolean;
  readonly isOwn: boolean;
}

/**
 * Composes a window's messages from its rendered items, so that its provider accepts them: a message of our own never comes between a
 * call and its results, an item of OpenAI responses loses its id when its reasoning has left, and with `alternate` neighbours of one
 * role become one message.
 */
export function composeMessages(
  items: readonly Item[],
  rendered: readonly WindowMessage[],
  context: ComposeContext,
): readonly WindowMessage[] {
  const shown = new Set(items.flatMap((item) => (item.type === "entry" ? [item.seq] : [])));
  const hasLost = makeLostReasoning(shown, context.entryAt);
  const queue = new PieceQueue();
  for (const [index, item] of items.entries()) {
    const message = rendered[index];
    if (message === undefined) continue;
    if (item.type === "passed") queue.addPassed({ message, role: item.role, hasCalls: false, isOwn: false });
    else if (item.type !== "entry") queue.addOwn({ message, role: "user", hasCalls: false, isOwn: true });
    else queue.add(item, makePiece(item, stripId(item, message, hasLost, context.format)));
  }
  const pieces = queue.finish();
  return joinAsRequired(pieces, context).map(({ message }) => message);
}

function joinAsRequired(pieces: readonly Piece[], { format, alternate }: ComposeContext): readonly Piece[] {
  if (format === "bedrock" || (alternate && format === "gemini"))
    return joinAdjacent(pieces, format, () => true);
  // Gemini refuses a call behind what the model said before it: what the user said between them may have left.
  if (format === "gemini")
    return joinAdjacent(pieces, format, ({ role, hasCalls }) => role === "assistant" && hasCalls);
  return alternate ? joinNeighbours(pieces, format) : pieces;
}

/** Joins messages of one role next to each other, as Bedrock requires. Results are a user's there. */
function joinAdjacent(
  pieces: readonly Piece[],
  format: Format,
  joins: (piece: Piece) => boolean,
): readonly Piece[] {
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    const isSame = last !== undefined && (last.role === "assistant") === (piece.role === "assistant");
    if (isSame && joins(piece)) joined[joined.length - 1] = joinPieces(last, piece, format);
    else joined.push(piece);
  }
  return joined;
}

/** Puts messages of our own where they do not come between a call and its results. */
class PieceQueue {
  readonly #pieces: Piece[] = [];
  /** Our messages that wait for a place. */
  #own: Piece[] = [];
  /** Answers that wait for the last result of their exchange. */
  #answers: Piece[] = [];

  addPassed(piece: Piece): void {
    this.#pieces.push(...this.#answers, ...this.#own, piece);
    this.#own = [];
    this.#answers = [];
  }

  addOwn(piece: Piece): void {
    this.#own.push(piece);
  }

  add(item: EntryItem, piece: Piece): void {
    if (!continuesExchange(item.entry)) {
      this.#pieces.push(...this.#answers, ...this.#own, piece);
      this.#own = [];
      this.#answers = [];
    } else if (holdsResultsInUserMessages(item.entry.format)) {
      this.#pieces.push(putBehindResults(piece, [...this.#answers, ...this.#own], item.entry.format));
      this.#own = [];
      this.#answers = [];
    } else {
      // The results of a call are messages of their own here: ours follow the last of them.
      this.#pieces.push(piece);
    }
    if (item.unanswered !== undefined)
      this.#answers.push(...makeAnswers(item.unanswered, piece, item.entry.format));
  }

  finish(): readonly Piece[] {
    return [...this.#pieces, ...this.#answers, ...this.#own];
  }
}

function makeAnswers(unanswered: UnansweredCalls, piece: Piece, format: Format): readonly Piece[] {
  const messages = writeAnswers(unanswered, answerText, { format, callJson: piece.message.json });
  return messages.map((json) => ({
    message: { handle: undefined, kind: "answer", json, tokens: unanswered.tokens / messages.length },
    role: "tool",
    hasCalls: false,
    isOwn: true,
  }));
}

function makePiece({ entry }: EntryItem, message: WindowMessage): Piece {
  const hasCalls = entry.parts.some((part) => part.kind === "tool-call");
  // An observation of a text agent is a user message.
  const isObservation = entry.role === "tool" && !holdsLinkedResult(entry);
  return { message, role: isObservation ? "user" : entry.role, hasCalls, isOwn: false };
}

/** Formats in which ids are optional: a result is linked to its call by its place. */
const linksByPlace: ReadonlySet<Format> = new Set<Format>(["gemini", "ollama"]);

/** Returns true for an entry with results of calls. Observations of text agents are not linked to anything. */
function holdsLinkedResult({ format, parts }: Entry): boolean {
  return parts.some(
    (part) => part.kind === "tool-result" && (part.callId !== undefined || linksByPlace.has(format)),
  );
}

/** Returns true for an entry with results that must directly follow their call. */
function continuesExchange(entry: Entry): boolean {
  return entry.role !== "assistant" && holdsLinkedResult(entry);
}

function putBehindResults(piece: Piece, own: readonly Piece[], format: Format): Piece {
  if (own.length === 0) return piece;
  const { message } = piece;
  const texts = own.map((one) => one.message.json);
  const tokens = own.reduce((sum, one) => sum + one.message.tokens, message.tokens);
  return {
    ...piece,
    message: { ...message, kind: "edited", json: insertBehindResults(message.json, texts, format), tokens },
  };
}

/** Returns an item's message without its id if reasoning that came with it is no longer shown: the provider would require it. */
function stripId(
  item: EntryItem,
  message: WindowMessage,
  hasLost: (seq: number) => boolean,
  format: Format,
): WindowMessage {
  if (!itemFormats.has(format) || item.entry.role !== "assistant" || isReasoningOnly(item.entry))
    return message;
  return hasLost(item.seq) && canLoseId(message.json)
    ? { ...message, kind: "edited", json: cutId(message.json) }
    : message;
}

/**
 * Returns a function that is true for an entry if reasoning before it, in the same answer, is no longer shown. Called in order, it
 * looks at each entry once.
 */
function makeLostReasoning(
  shown: ReadonlySet<number>,
  entryAt: (seq: number) => Entry | undefined,
): (seq: number) => boolean {
  let known = { seq: -1, lost: false };
  return (seq) => {
    let lost = false;
    for (let before = seq - 1; !lost; before--) {
      const entry = entryAt(before);
      if (entry?.role !== "assistant") break;
      if (before === known.seq) {
        ({ lost } = known);
        break;
      }
      lost = isReasoningOnly(entry) && !shown.has(before);
    }
    known = { seq, lost };
    return lost;
  };
}

/** Returns true for a message that counts in the alternation: templates pass over tools, calls and system messages. */
function isSpoken({ role, hasCalls }: Piece): boolean {
  return (role === "user" || role === "assistant") && !hasCalls;
}

/**
 * Joins messages of one role that follow each other in the alternation. A message of our own joins the client's across tools and system
 * messages: where the client's is, but at the window's beginning where ours is, because a window begins with a user message. The
 * client's own join where only system messages are between them.
 */
function joinNeighbours(pieces: readonly Piece[], format: Format): readonly Piece[] {
  const joined: Piece[] = [];
  // The last spoken message, and whether only system messages follow it: searching for it each time would be quadratic in results.
  let at = -1;
  let isNear = true;
  // Index of the first message that is not the system's.
  let opening = -1;
  for (const piece of pieces) {
    const last = joined[at];
    const isSame = last !== undefined && isSpoken(piece) && last.role === piece.role;
    const joinsLater = isSame && last.isOwn && !piece.isOwn && (isNear || at > opening);
    if (isSame && !joinsLater && (piece.isOwn || last.isOwn || isNear)) {
      joined[at] = joinPieces(last, piece, format);
      continue;
    }
    if (joinsLater) joined.splice(at, 1);
    if (opening === -1 && piece.role !== "system") opening = joined.length;
    joined.push(joinsLater ? joinPieces(last, piece, format) : piece);
    if (isSpoken(piece)) [at, isNear] = [joined.length - 1, true];
    else isNear &&= piece.role === "system";
  }
  return joined;
}

function joinPieces(first: Piece, second: Piece, format: Format): Piece {
  const base = first.isOwn ? second : first;
  const json = joinContents(first.message.json, second.message.json, { format, keepSecond: first.isOwn });
  return {
    ...base,
    isOwn: first.isOwn && second.isOwn,
    message: {
      ...base.message,
      kind: base.isOwn ? base.message.kind : "edited",
      json,
      tokens: first.message.tokens + second.message.tokens,
    },
  };
}
