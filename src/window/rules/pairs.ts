import type { RuleBlock, RuleBlockKind, RuleMessage, RulePlace } from "./rule.ts";

/** Returns the blocks of a kind. */
export function blocksOf(message: RuleMessage | undefined, kind: RuleBlockKind): readonly RuleBlock[] {
  return message?.blocks.filter((block) => block.kind === kind) ?? [];
}

function idsOf(message: RuleMessage | undefined, kind: RuleBlockKind): readonly string[] {
  return blocksOf(message, kind).flatMap((block) => block.id ?? []);
}

/** Returns the index behind the results that directly follow a message. */
export type FindResultsEnd = (messages: readonly RuleMessage[], index: number) => number;

/** Results are in the one message behind the call's. */
export const nextMessage: FindResultsEnd = (messages, index) => Math.min(messages.length, index + 2);

/** Results are in the tool messages directly behind the call's. */
export const nextToolMessages: FindResultsEnd = (messages, index) => {
  let end = index + 1;
  while (messages[end]?.role === "tool") end++;
  return end;
};

/** Results may be anywhere behind the call. */
export const anywhereBehind: FindResultsEnd = (messages) => messages.length;

/** Finds calls that their results do not directly follow. A call at the end is open: its tool may still run. */
export function findUnansweredCalls(
  messages: readonly RuleMessage[],
  findEnd: FindResultsEnd,
): readonly RulePlace[] {
  return messages.flatMap((message, index) => {
    const ids = message.role === "assistant" ? idsOf(message, "call") : [];
    if (ids.length === 0 || index === messages.length - 1) return [];
    const end = findEnd(messages, index);
    const behind = messages.slice(index + 1, end);
    const answered = new Set(behind.flatMap((one) => idsOf(one, "result")));
    // Results that are still to come follow those that came: the call is open while nothing else follows.
    const isOpen = end === messages.length && behind.every((one) => one.role === "tool");
    if (isOpen) return [];
    return ids
      .filter((id) => !answered.has(id))
      .map((id) => ({ message: index, detail: `call ${id} has no result directly behind it` }));
  });
}

/** Finds results that do not directly follow their call. */
export function findOrphanResults(
  messages: readonly RuleMessage[],
  findEnd: FindResultsEnd,
): readonly RulePlace[] {
  const endOfCall = new Map<string, number>();
  const places: RulePlace[] = [];
  for (const [index, message] of messages.entries()) {
    for (const id of idsOf(message, "result")) {
      if (index >= (endOfCall.get(id) ?? 0))
        places.push({ message: index, detail: `result of ${id} does not follow its call` });
    }
    const calls = idsOf(message, "call");
    if (calls.length === 0) continue;
    const end = findEnd(messages, index);
    for (const id of calls) endOfCall.set(id, end);
  }
  return places;
}

/** Finds ids that two blocks of a kind share. */
export function findRepeatedIds(messages: readonly RuleMessage[], kind: RuleBlockKind): readonly RulePlace[] {
  const seen = new Set<string>();
  return messages.flatMap((message, index) =>
    idsOf(message, kind).flatMap((id) => {
      if (seen.has(id)) return [{ message: index, detail: `${kind} id ${id} occurs twice` }];
      seen.add(id);
      return [];
    }),
  );
}

/** Finds blocks whose counterpart is not before them. */
export function findWithoutEarlier(
  messages: readonly RuleMessage[],
  kind: RuleBlockKind,
  earlier: RuleBlockKind,
): readonly RulePlace[] {
  const seen = new Set<string>();
  const places: RulePlace[] = [];
  for (const [index, message] of messages.entries()) {
    for (const block of message.blocks) {
      if (block.id === undefined) continue;
      if (block.kind === earlier) seen.add(block.id);
      else if (block.kind === kind && !seen.has(block.id))
        places.push({ message: index, detail: `${kind} of ${block.id} has no ${earlier} before it` });
    }
  }
  return places;
}

/** Finds blocks that another kind never follows, before a later turn begins. Those of the newest turn may still come. */
export function findWithoutLater(
  messages: readonly RuleMessage[],
  kind: RuleBlockKind,
  later: readonly RuleBlockKind[],
): readonly RulePlace[] {
  const found = new Set(messages.flatMap((message) => later.flatMap((one) => idsOf(message, one))));
  const newestTurn = messages.findLastIndex((message) => message.role === "user");
  return messages.flatMap((message, index) =>
    index > newestTurn
      ? []
      : idsOf(message, kind)
          .filter((id) => !found.has(id))
          .map((id) => ({ message: index, detail: `${kind} ${id} has no ${later.join(" or ")}` })),
  );
}
