import { makeKeys, CallNumbers } from "../../identity/meaning.ts";
import type { StoredAnswer } from "../../store/store.ts";
import { readInput } from "../append/read-input.ts";
import type { ConversationInput } from "../append/read-input.ts";
import type { ProvisionalAnswer } from "../thread.ts";
import { Slices } from "../state/slices.ts";
import type { ThreadKeeper } from "../state/thread-keeper.ts";

/** What is known of an answer, checked. */
export interface AnswerFacts {
  readonly responseId: string | undefined;
  readonly complete: boolean;
  readonly usage: object | undefined;
  readonly time: number | undefined;
}

/**
 * Stores an answer that a provider gave after an entry. It is provisional: it becomes an entry when a request holds it. Returns its
 * number among the thread's answers. Errors: those of reading, store errors.
 */
export async function recordAnswer(
  keeper: ThreadKeeper,
  input: ConversationInput,
  { place, facts }: { readonly place: number; readonly facts: AnswerFacts },
): Promise<number> {
  const previous = keeper.state.entries.at(place - 1);
  const { messages } = await new Slices().run(readInput(input, keeper.format, previous));
  return keeper.retry(async () => {
    const keys = makeKeys(messages, new CallNumbers(keeper.callsBefore(place)));
    const held = await keeper.answers.read();
    const number = (held.at(-1)?.answer ?? -1) + 1;
    const time = facts.time ?? keeper.context.clock();
    const answers = messages.map((message, index): StoredAnswer => ({
      index: held.length + index,
      answer: number,
      place: place + index,
      parentChain: keeper.chainBefore(place),
      key: keys[index] ?? "",
      json: message.json,
      format: message.format,
      responseId: facts.responseId,
      time: message.time ?? time,
      complete: facts.complete,
      usage: facts.usage === undefined ? undefined : JSON.stringify(facts.usage),
    }));
    await keeper.context.store.appendAnswers(keeper.id, answers);
    return number;
  });
}

/** Lists the answers that were given on a thread, oldest first. Errors: store errors. */
export async function listAnswers(keeper: ThreadKeeper): Promise<readonly ProvisionalAnswer[]> {
  const given = await keeper.answers.read();
  return given.map(({ answer, place, key, complete, json, responseId, usage, time, start, parentChain }) => ({
    answer,
    place,
    confirmed:
      keeper.state.entries.at(place)?.key === key &&
      keeper.chainBefore(Math.min(start, keeper.state.entries.length)) === parentChain,
    complete,
    json,
    responseId,
    usage: usage === undefined ? undefined : (JSON.parse(usage) as object),
    time,
  }));
}
