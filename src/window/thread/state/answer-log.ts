import type { Message } from "../../conversation/message/message.ts";
import { readMessage } from "../../conversation/read/read-message.ts";
import type { Store, StoredAnswer } from "../../store/store.ts";

/** A message of an answer that a provider gave, with what proves that a history holds it. */
export interface GivenAnswer extends StoredAnswer {
  /** Place of the answer's first message. */
  readonly start: number;
  /** Ids that the provider gave to its calls. */
  readonly callIds: readonly string[];
  /** The text as it was given. */
  readonly text: string;
  /** The reasoning as it was given. */
  readonly reasoning: string;
}

/** Returns the reasoning of a message, readable or not, as one text. */
export function listReasoning({ parts }: Pick<Message, "parts">): string {
  return parts
    .flatMap((part) => (part.kind === "reasoning" ? [part.text, part.opaque ?? ""] : []))
    .join("\n");
}

/** Newest answers of a thread in which a summary that a client sends is looked for. */
const maxNewest = 64;

function describeAnswer(answer: StoredAnswer, before: GivenAnswer | undefined): GivenAnswer {
  const { parts } = readMessage(answer.json, answer.format);
  return {
    ...answer,
    start: before?.answer === answer.answer ? before.start : answer.place,
    callIds: parts.flatMap((part) =>
      part.kind === "tool-call" && part.callId !== undefined ? [part.callId] : [],
    ),
    text: parts.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("\n"),
    reasoning: listReasoning({ parts }),
  };
}

/** The answers that were given on one thread, read once and extended. */
export class AnswerLog {
  readonly #thread: string;
  readonly #store: Store;
  readonly #answers: GivenAnswer[] = [];
  readonly #byPlace = new Map<number, GivenAnswer[]>();
  readonly #byParent = new Map<string, GivenAnswer[]>();

  constructor(store: Store, thread: string) {
    this.#store = store;
    this.#thread = thread;
  }

  /** Reads all answers so far, oldest first. Errors: store errors. */
  async read(): Promise<readonly GivenAnswer[]> {
    const fresh = await this.#store.answers(this.#thread, this.#answers.length);
    for (const stored of fresh) {
      const answer = describeAnswer(stored, this.#answers.at(-1));
      this.#answers.push(answer);
      addTo(this.#byPlace, answer.place, answer);
      addTo(this.#byParent, answer.parentChain, answer);
    }
    return this.#answers;
  }

  /** Returns the answers read so far that were given at a place, oldest first. */
  at(place: number): readonly GivenAnswer[] {
    return this.#byPlace.get(place) ?? [];
  }

  /** Returns the answers read so far that were given after an entry, newest first. */
  after(parentChain: string): readonly GivenAnswer[] {
    return (this.#byParent.get(parentChain) ?? []).toReversed();
  }

  /** Returns the newest answers, newest first. Errors: store errors. */
  async newest(): Promise<readonly GivenAnswer[]> {
    return (await this.read()).slice(-maxNewest).reverse();
  }
}

function addTo<Key>(lists: Map<Key, GivenAnswer[]>, key: Key, answer: GivenAnswer): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [answer]);
  else list.push(answer);
}
