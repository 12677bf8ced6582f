import type { RuleContext, RuleMessage, RulePlace } from "./rule.ts";

/** Returns a place for each message for which a test holds. */
export function findMessages(
  messages: readonly RuleMessage[],
  detail: string,
  isFaulty: (message: RuleMessage, index: number) => boolean,
): readonly RulePlace[] {
  return messages.flatMap((message, index) => (isFaulty(message, index) ? [{ message: index, detail }] : []));
}

/** Finds messages with a text block of nothing but white space. */
export function findBlankTexts(messages: readonly RuleMessage[]): readonly RulePlace[] {
  return findMessages(messages, "a text block has no visible text", (message) =>
    message.blocks.some((block) => block.kind === "text" && block.text.trim() === ""),
  );
}

/** Finds messages whose content is a list without elements. */
export function findEmptyLists(messages: readonly RuleMessage[]): readonly RulePlace[] {
  return findMessages(messages, "the content list is empty", (message) => message.isEmptyList);
}

/** Finds a first message that is not a user's; system messages before it do not count. */
export function findWrongFirst(messages: readonly RuleMessage[]): readonly RulePlace[] {
  const first = messages.findIndex((message) => message.role !== "system");
  const role = messages[first]?.role;
  // The provider reads nothing before its own compaction, so that may come first.
  const isCompaction = messages[first]?.blocks.some((block) => block.kind === "compaction") === true;
  if (role === undefined || role === "user" || isCompaction) return [];
  return [{ message: first, detail: `the first message is of role ${role}` }];
}

function hasCalls(message: RuleMessage): boolean {
  return message.blocks.some((block) => block.kind === "call");
}

/**
 * Finds messages that break the alternation of user and assistant. As the templates do, it passes over tool messages and assistant
 * messages with calls.
 */
export function findUnalternating(
  messages: readonly RuleMessage[],
  { alternate }: RuleContext,
): readonly RulePlace[] {
  if (!alternate) return [];
  let expected = "user";
  return messages.flatMap((message, index) => {
    if (message.role === "system" || message.role === "tool" || hasCalls(message)) return [];
    const isFaulty = message.role !== expected;
    expected = message.role === "user" ? "assistant" : "user";
    return isFaulty ? [{ message: index, detail: `two messages of role ${message.role} in a row` }] : [];
  });
}
