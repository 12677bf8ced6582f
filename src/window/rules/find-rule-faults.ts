import type { Format } from "../conversation/message/message.ts";
import { aiSdkRules } from "./ai-sdk.ts";
import { anthropicRules } from "./anthropic.ts";
import { bedrockRules } from "./bedrock.ts";
import { geminiRules } from "./gemini.ts";
import { langChainRules } from "./langchain.ts";
import { ollamaRules } from "./ollama.ts";
import { openAiAgentsRules } from "./openai-agents.ts";
import { chatRuleList, openAiChatRules, readChatRuleMessage } from "./openai-chat.ts";
import { openAiResponsesRules } from "./openai-responses.ts";
import type { Rule, RuleFault, RuleOptions, RuleTable } from "./rule.ts";

/** The rules by format: a new format adds a row. Without one, nothing is known to be refused. */
const tables: Readonly<Partial<Record<Format, RuleTable>>> = {
  "openai-chat": openAiChatRules,
  "openai-responses": openAiResponsesRules,
  anthropic: anthropicRules,
  "ai-sdk": aiSdkRules,
  // SWE-agent's messages are chat messages with fields of its own; its observations have no ids to match.
  gemini: geminiRules,
  bedrock: bedrockRules,
  "openai-agents": openAiAgentsRules,
  ollama: ollamaRules,
  langchain: langChainRules,
  "swe-agent": { readMessage: readChatRuleMessage, rules: chatRuleList },
};

/** Returns the rules of a format, as data: id, sentence, source. */
export function listRules(format: Format): readonly Rule[] {
  return tables[format]?.rules ?? [];
}

/**
 * Finds what a provider would refuse in a list of messages: each fault with the rule's id and the message's index. `messages` are
 * parsed JSON; with `history` also what must be unchanged is checked.
 */
export function findRuleFaults(
  format: Format,
  messages: readonly unknown[],
  options: RuleOptions = {},
): readonly RuleFault[] {
  const table = tables[format];
  if (table === undefined) return [];
  const { readMessage, rules } = table;
  const read = messages.map(readMessage);
  const context = {
    alternate: options.alternate ?? false,
    history: options.history?.map(readMessage),
  };
  return rules.flatMap((rule) =>
    rule
      .find(read, context)
      .map((place) => ({ rule: rule.id, message: place.message, detail: place.detail })),
  );
}
