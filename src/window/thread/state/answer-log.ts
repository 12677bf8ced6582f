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
}

/** Answers whose text is kept in memory; of older ones only what proves is kept. */
const maxTexts = 64;

function describeAnswer(answer: StoredAnswer, before: GivenAnswer | undefined): GivenAnswer {
  const { parts } = readMessage(answer.json, answer.format);
  return {
    ...answer,
    start: before?.answer === answer.answer ? before.start : answer.place,
    callIds: parts.flatMap((part) =>
      part.kind === "tool-call" && part.callId !== undefined ? [part.callId] : [],
    ),
    text: parts.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("\n"),
  };
}

/** The answers that were given on one thread, read once and extended. */
export class AnswerLog {
  readonly #thread: string;
  readonly #store: Store;
  readonly #answers: GivenAnswer[] = [];

  constructor(store: Store, thread: string) {
    this.#store = store;
    this.#thread = thread;
  }

  /** Returns all answers so far. Errors: store errors. */
  async read(): Promise<readonly GivenAnswer[]> {
    const fresh = await this.#store.answers(this.#thread, this.#answers.length);
    for (const answer of fresh) this.#answers.push(describeAnswer(answer, this.#answers.at(-1)));
    return this.#answers;
  }

  /** Returns the answers given after an entry, newest first. */
  async after(parentChain: string): Promise<readonly GivenAnswer[]> {
    const all = await this.read();
    return all.filter((answer) => answer.parentChain === parentChain).reverse();
  }

  /** Returns the newest answers, newest first. */
  async newest(): Promise<readonly GivenAnswer[]> {
    return (await this.read()).slice(-maxTexts).reverse();
  }
}
