import type { Message } from "../../conversation/message/message.ts";
import { listReasoning } from "../state/answer-log.ts";
import type { GivenAnswer } from "../state/answer-log.ts";
import type { ThreadKeeper } from "../state/thread-keeper.ts";
import type { HistoryMessage } from "./history-message.ts";

/**
 * Returns the answers that a history's next messages confirm, by their index: those given after the same entry that say the same. Their
 * bytes are stored, as the first seen. An answer with the same reasoning comes first, then the newest; a fork also looks at its parents.
 */
export async function confirmAnswers(
  keeper: ThreadKeeper,
  fresh: readonly HistoryMessage[],
  parentChain: string,
): Promise<readonly GivenAnswer[]> {
  if (fresh[0] === undefined || fresh[0].role !== "assistant") return [];
  let found: readonly GivenAnswer[] = [];
  for (const log of await keeper.answerLogs()) {
    await log.read();
    for (const group of groupAnswers(log.after(parentChain))) {
      const matches = fresh.slice(0, group.length);
      if (matches.length === 0 || !matches.every(({ key }, index) => group[index]?.key === key)) continue;
      if (matches.every(({ message }, index) => hasSameReasoning(message, group[index])))
        return group.slice(0, matches.length);
      if (found.length === 0) found = group.slice(0, matches.length);
    }
  }
  return found;
}

function hasSameReasoning(message: Message, answer: GivenAnswer | undefined): boolean {
  return answer !== undefined && listReasoning(message) === answer.reasoning;
}

/** Groups messages of answers by their answer, each in order. */
export function groupAnswers(answers: readonly GivenAnswer[]): readonly (readonly GivenAnswer[])[] {
  const groups = new Map<number, GivenAnswer[]>();
  for (const answer of answers) {
    const group = groups.get(answer.answer);
    if (group === undefined) groups.set(answer.answer, [answer]);
    else group.unshift(answer);
  }
  return [...groups.values()];
}
