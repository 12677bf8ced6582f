import type { AnswerPlace, StoredAnswer } from "./store.ts";

/** A message of an answer with its thread. */
export interface GivenAnswer {
  readonly thread: string;
  readonly answer: StoredAnswer;
}

/** Orders answers newest first; of equally old ones, the one later in the list of all. */
function orderNewestFirst(given: readonly GivenAnswer[]): readonly GivenAnswer[] {
  return given.toReversed().sort((a, b) => b.answer.time - a.answer.time);
}

/**
 * Returns where answers with these keys were given, newest first. `given` is in the order of threads' creation. An answer that was given
 * several times in one place, as after retries, counts once.
 */
export function findAnswersByKey(
  given: readonly GivenAnswer[],
  keys: ReadonlySet<string>,
  limit: number,
): readonly AnswerPlace[] {
  const found = new AnswerPlaces(limit);
  for (const { thread, answer } of orderNewestFirst(given.filter(({ answer: { key } }) => keys.has(key)))) {
    if (found.isFull) break;
    found.add({ thread, place: answer.place, key: answer.key });
  }
  return found.list;
}

/** Returns the first message of the newest answer with this response id. */
export function findNewestResponse(
  given: readonly GivenAnswer[],
  responseId: string,
): AnswerPlace | undefined {
  const [newest] = orderNewestFirst(given.filter(({ answer }) => answer.responseId === responseId));
  if (newest === undefined) return undefined;
  const first = given.find(
    ({ thread, answer }) =>
      thread === newest.thread &&
      answer.answer === newest.answer.answer &&
      answer.responseId === newest.answer.responseId,
  );
  const { thread, answer } = first ?? newest;
  return { thread, place: answer.place, key: answer.key };
}

/** Collects places up to a limit, each once. */
export class AnswerPlaces {
  readonly #limit: number;
  readonly #seen = new Set<string>();
  readonly #list: AnswerPlace[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get isFull(): boolean {
    return this.#list.length >= this.#limit;
  }

  get list(): readonly AnswerPlace[] {
    return this.#list;
  }

  add(place: AnswerPlace): void {
    // The thread's name comes last: it may hold any character.
    const name = `${place.key} ${place.place} ${place.thread}`;
    if (this.isFull || this.#seen.has(name)) return;
    this.#seen.add(name);
    this.#list.push(place);
  }
}
