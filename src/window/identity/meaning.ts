import type { Message, Part, Role } from "../conversation/message/message.ts";
import { contentKey } from "../conversation/message/identity.ts";
import { canonicalJson } from "./canonical-json.ts";
import { canonicalText } from "./canonical-text.ts";

/**
 * Numbers the calls of a history by order of appearance. Ids of calls only link a call to its result: clients rename them, reuse
 * them and leave them out, so they do not identify.
 */
export class CallNumbers {
  readonly #before: CallNumbers | undefined;
  readonly #numbers = new Map<string, number>();
  #count: number;

  /** `before` numbers the calls before these; it must not take more while this is in use. */
  constructor(before?: CallNumbers) {
    this.#before = before;
    this.#count = before === undefined ? 0 : before.#count;
  }

  /** Takes a part in: a call gets the next number. */
  take(part: Pick<Part, "kind" | "callId">): void {
    if (part.kind !== "tool-call") return;
    if (part.callId !== undefined) this.#numbers.set(part.callId, this.#count);
    this.#count++;
  }

  /** Returns how many calls came after the one that a result answers: 0 for the newest; undefined for an unknown id. */
  distance(callId: string | undefined): number | undefined {
    const number = callId === undefined ? undefined : this.#find(callId);
    return number === undefined ? undefined : this.#count - 1 - number;
  }

  #find(callId: string): number | undefined {
    const own = this.#numbers.get(callId);
    if (own !== undefined || this.#before === undefined) return own;
    return this.#before.#find(callId);
  }
}

/** One thing that a message says, in canonical form. */
export interface Piece {
  readonly kind: "text" | "call" | "result" | "media" | "other";
  readonly text: string;
  /** A call's tool. */
  readonly name: string | undefined;
  /** The call that a result answers, counted back from the newest. */
  readonly call: number | undefined;
  /** Digest of a picture, a document or a sound; of a result, that of the one it holds. */
  readonly media: string | undefined;
}

/** What a message says: its role and its pieces, without ids, marks, reasoning and empty texts. */
export interface Meaning {
  readonly role: Role;
  readonly pieces: readonly Piece[];
}

/** Reads what a message says, and numbers its calls. */
export function readMeaning(message: Message, calls: CallNumbers): Meaning {
  const pieces: Piece[] = [];
  for (const part of message.parts) {
    calls.take(part);
    const piece = readPiece(part, calls);
    if (piece !== undefined) pieces.push(piece);
  }
  return { role: message.role, pieces };
}

const nothing = { text: "", name: undefined, call: undefined, media: undefined } as const;

function readPiece(part: Part, calls: CallNumbers): Piece | undefined {
  switch (part.kind) {
    case "reasoning":
      return undefined;
    case "text": {
      const text = canonicalText(part.text);
      return text === "" ? undefined : { ...nothing, kind: "text", text };
    }
    case "tool-call":
      return {
        ...nothing,
        kind: "call",
        name: part.toolName,
        text: canonicalJson(part.arguments ?? part.text),
      };
    case "tool-result":
      return {
        ...nothing,
        kind: "result",
        text: canonicalText(part.text),
        call: calls.distance(part.callId),
        media: digestMedia(part.media),
      };
    case "image":
    case "file":
      return { ...nothing, kind: "media", text: canonicalText(part.text), media: digestMedia(part.media) };
    case "compaction":
      return { ...nothing, kind: "other", text: canonicalText(part.text), media: digestMedia(part.opaque) };
    case "other": {
      const text = canonicalJson(part.text);
      return text === "" ? undefined : { ...nothing, kind: "other", text };
    }
  }
}

/** Returns the digest of media: of an address without its query, which signs it again each time, or of the data. */
function digestMedia(media: string | undefined): string | undefined {
  if (media === undefined) return undefined;
  const isAddress = /^[a-z][a-z0-9+.-]{0,20}:\/\//i.test(media);
  return contentKey("media", isAddress ? media.replace(/[?#].*$/s, "") : media);
}

/** Returns the key of a meaning: adjacent texts count as one, joined by line ends. */
export function makeKey({ role, pieces }: Meaning): string {
  const told: string[] = ["entry", role];
  let texts: string[] = [];
  const flush = (): void => {
    if (texts.length > 0) told.push("text", texts.join("\n"));
    texts = [];
  };
  for (const piece of pieces) {
    if (piece.kind === "text") {
      texts.push(piece.text);
      continue;
    }
    flush();
    told.push(piece.kind, piece.name ?? "", `${piece.call ?? ""}`, piece.text, piece.media ?? "");
  }
  flush();
  return contentKey(...told);
}

/** Returns the keys of messages in order; `calls` numbers the calls before them. */
export function makeKeys(
  messages: readonly Message[],
  calls: CallNumbers = new CallNumbers(),
): readonly string[] {
  return messages.map((message) => makeKey(readMeaning(message, calls)));
}
