import { isJsonObject } from "../../shared/json/json-object.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";
import { chatRuleList } from "./openai-chat.ts";
import type { RuleBlock, RuleMessage, RuleTable } from "./rule.ts";
import { asObject, makeBlock, makeRuleMessage, readObjects, readStringContent, readText } from "./view.ts";

/** Words in a message's type or class, and the role that they name. */
const roles: readonly (readonly [RegExp, RuleMessage["role"]])[] = [
  [/^(human|user)/i, "user"],
  [/^(ai|assistant)/i, "assistant"],
  [/^(tool|function)/i, "tool"],
  [/^(system|developer)/i, "system"],
];

function readRole(value: JsonObject): RuleMessage["role"] {
  const id = value["id"];
  const word =
    value["type"] === "constructor" && Array.isArray(id) ? id.at(-1) : (value["type"] ?? value["role"]);
  const found = roles.find(([pattern]) => typeof word === "string" && pattern.test(word));
  return found?.[1] ?? "user";
}

function readContent(holder: JsonObject): readonly RuleBlock[] {
  const content = holder["content"];
  if (!Array.isArray(content)) return readStringContent(holder);
  return readObjects(content).map((block) =>
    block["type"] === "text"
      ? makeBlock("text", block, undefined, readText(block, "text") ?? "")
      : makeBlock("other", block),
  );
}

function readMessage(raw: unknown): RuleMessage {
  const value = asObject(raw);
  const holder = [value["data"], value["kwargs"]].find(isJsonObject) ?? value;
  const role = readRole(value);
  if (role === "tool")
    return makeRuleMessage(holder, role, [makeBlock("result", holder, readText(holder, "tool_call_id"))]);
  const own = readObjects(holder["tool_calls"]);
  const listed = own.length > 0 ? own : readObjects(asObject(holder["additional_kwargs"])["tool_calls"]);
  const calls = listed.map((call) => makeBlock("call", call, readText(call, "id")));
  const reasoning = readText(asObject(holder["additional_kwargs"]), "reasoning_content");
  const thinking = reasoning === undefined ? [] : [makeBlock("reasoning", holder, undefined, reasoning)];
  return makeRuleMessage(holder, role, [...thinking, ...readContent(holder), ...calls]);
}

/** The rules of LangChain's messages: those of chat completions, but an empty list of calls is usual. */
export const langChainRules: RuleTable = {
  readMessage,
  rules: chatRuleList
    .filter((rule) => rule.id !== "openai-chat/calls-not-empty")
    .map((rule) => ({ ...rule, id: rule.id.replace("openai-chat", "langchain") })),
};
