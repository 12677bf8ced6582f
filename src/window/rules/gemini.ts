import { findMessages, findWrongFirst } from "./content.ts";
import { blocksOf } from "./pairs.ts";
import type { Rule, RuleBlock, RuleContext, RuleMessage, RulePlace, RuleTable } from "./rule.ts";
import { asObject, makeBlock, readObjects, readText } from "./view.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";

const docs = "https://ai.google.dev/gemini-api/docs";

function readSignature(part: JsonObject): string | undefined {
  return readText(part, "thoughtSignature") ?? readText(part, "thought_signature");
}

/** Reads a part. Calls and responses are linked by their function's name, since ids are optional. */
function readPart(part: JsonObject): RuleBlock {
  const call = part["functionCall"] ?? part["function_call"];
  if (call !== undefined) return makeBlock("call", part, readText(asObject(call), "name"));
  const response = part["functionResponse"] ?? part["function_response"];
  if (response !== undefined) return makeBlock("result", part, readText(asObject(response), "name"));
  if (part["executableCode"] !== undefined || part["toolCall"] !== undefined)
    return makeBlock("server-call", part);
  if (part["codeExecutionResult"] !== undefined || part["toolResponse"] !== undefined)
    return makeBlock("server-result", part);
  if (part["thought"] === true) return makeBlock("reasoning", part);
  const text = readText(part, "text");
  return text === undefined ? makeBlock("other", part) : makeBlock("text", part, undefined, text);
}

function readMessage(raw: unknown): RuleMessage {
  const value = asObject(raw);
  const blocks = readObjects(value["parts"]).map(readPart);
  const isResults = blocks.length > 0 && blocks.every((block) => block.kind === "result");
  const role = value["role"] === "model" ? "assistant" : isResults ? "tool" : "user";
  return { role, blocks, isEmptyList: blocks.length === 0, value };
}

function namesOf(message: RuleMessage | undefined, kind: "call" | "result"): readonly string[] {
  return blocksOf(message, kind).map((block) => block.id ?? "");
}

/** Returns the names of the responses in the contents directly behind a message. */
function readResponses(messages: readonly RuleMessage[], index: number): readonly string[] {
  const names: string[] = [];
  for (let at = index + 1; namesOf(messages[at], "result").length > 0; at++)
    names.push(...namesOf(messages[at], "result"));
  return names;
}

function findUnmatched(messages: readonly RuleMessage[]): readonly RulePlace[] {
  return messages.flatMap((message, index) => {
    const calls = namesOf(message, "call");
    if (calls.length === 0 || index === messages.length - 1) return [];
    const responses = readResponses(messages, index);
    // While nothing else follows, responses may still come.
    if (index + 1 + responses.length === messages.length && responses.length < calls.length) return [];
    return [...calls].sort().join() === [...responses].sort().join()
      ? []
      : [{ message: index, detail: `${calls.length} calls have ${responses.length} responses behind them` }];
  });
}

function findOrphans(messages: readonly RuleMessage[]): readonly RulePlace[] {
  return findMessages(messages, "function responses do not follow their calls", (message, index) => {
    if (namesOf(message, "result").length === 0) return false;
    let at = index - 1;
    while (namesOf(messages[at], "result").length > 0) at--;
    return namesOf(messages[at], "call").length === 0;
  });
}

/** Finds signed parts that the client's history does not hold, and calls of it whose signature was cut. */
function findLostSignatures(
  messages: readonly RuleMessage[],
  { history }: RuleContext,
): readonly RulePlace[] {
  if (history === undefined) return [];
  const known = new Set(history.flatMap((one) => one.blocks.map((block) => JSON.stringify(block.value))));
  return findMessages(messages, "a part with a signature is not as the model gave it", (message) =>
    message.blocks.some(
      (block) =>
        (block.kind === "call" || readSignature(block.value) !== undefined) &&
        !known.has(JSON.stringify(block.value)),
    ),
  );
}

const rules: readonly Rule[] = [
  {
    id: "gemini/first-is-user",
    sentence: "The first content is the user's.",
    source: `${docs}/text-generation`,
    find: findWrongFirst,
  },
  {
    id: "gemini/responses-match",
    sentence: "As many function responses as calls, of the same names, come directly behind the calls.",
    source: "https://github.com/google-gemini/gemini-cli/issues/16543",
    find: findUnmatched,
  },
  {
    id: "gemini/response-has-call",
    sentence: "Function responses come directly behind the content with their calls.",
    source: "https://github.com/google-gemini/gemini-cli/issues/16543",
    find: findOrphans,
  },
  {
    id: "gemini/call-behind-user",
    sentence: "A content with calls comes directly behind the user's or behind function responses.",
    source: "https://github.com/google-gemini/gemini-cli/issues/2438",
    find: (messages) =>
      findMessages(
        messages,
        "a call does not follow the user or responses",
        (message, index) =>
          blocksOf(message, "call").length > 0 && (index === 0 || messages[index - 1]?.role === "assistant"),
      ),
  },
  {
    id: "gemini/parts-not-empty",
    sentence: "Every content has parts.",
    source: "https://github.com/langchain-ai/langchain-google/issues/691",
    find: (messages) => findMessages(messages, "the content has no parts", (message) => message.isEmptyList),
  },
  {
    id: "gemini/response-is-object",
    sentence: "A function's response is an object.",
    source: `${docs}/function-calling`,
    find: (messages) =>
      findMessages(messages, "a response is not an object", (message) =>
        blocksOf(message, "result").some(({ value }) => {
          const response = asObject(value["functionResponse"] ?? value["function_response"])["response"];
          return typeof response !== "object" || response === null || Array.isArray(response);
        }),
      ),
  },
  {
    id: "gemini/signatures-unchanged",
    sentence: "Function calls and parts with a thought signature go back as they came.",
    source: `${docs}/thought-signatures`,
    find: findLostSignatures,
  },
  {
    id: "gemini/alternate",
    sentence: "Where the caller requires it, user and model contents alternate.",
    source: "https://github.com/langchain-ai/langchain-google/issues/691",
    find: (messages, { alternate }) =>
      findMessages(messages, "two contents of one role in a row", (message, index) => {
        const before = messages[index - 1];
        if (!alternate || before === undefined) return false;
        return (before.role === "assistant") === (message.role === "assistant");
      }),
  },
];

/** The rules of Gemini's API. */
export const geminiRules: RuleTable = { readMessage, rules };
