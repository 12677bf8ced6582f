import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readConversation } from "../conversation/read/read-conversation.ts";
import { findShared } from "../../../test/shared-folder.ts";
import { openMemory } from "./open-memory.ts";

/** Small inputs of other projects' formats. They are not part of this one: without a copy next to it these tests are skipped. */
const folder = findShared("cases/window");

/** What is read of a case, and the parts of its messages as kinds. */
interface Expected {
  readonly format: string;
  readonly roles: string;
  readonly kinds: string;
}

const cases: Readonly<Record<string, Expected>> = {
  "04-langchain-dict.json": {
    format: "langchain",
    roles: "system user assistant tool assistant",
    kinds: "text|text|text tool-call|tool-result|text",
  },
  "06-langgraph-flat.json": {
    format: "langchain",
    roles: "user assistant tool assistant",
    kinds: "text|text tool-call|tool-result|text",
  },
  "12-gemini.json": {
    format: "gemini",
    roles: "user assistant tool assistant",
    kinds: "text|tool-call|tool-result|text",
  },
  "13-gemini-list.json": { format: "gemini", roles: "user assistant", kinds: "text|text" },
  "14-bedrock-converse.json": {
    format: "bedrock",
    roles: "user assistant tool assistant",
    kinds: "text|tool-call|tool-result|text",
  },
  "15-ollama.json": {
    format: "ollama",
    roles: "user assistant tool assistant",
    kinds: "text image|reasoning text tool-call|tool-result|text",
  },
  "22-openai-agents-js-items.json": {
    format: "openai-agents",
    roles: "user assistant tool assistant",
    kinds: "text|tool-call|tool-result|text",
  },
  "50-gemini-cli-trajectory.json": {
    format: "gemini",
    roles: "user assistant tool assistant",
    kinds: "text|reasoning tool-call|tool-result|text",
  },
};

test.skipIf(folder === undefined).each(Object.entries(cases))(
  "reads and sends %s",
  async (name, expected) => {
    const json = readFileSync(`${folder ?? ""}/${name}`, "utf8");
    const { format, messages, frame } = readConversation(json);
    expect({
      format,
      roles: messages.map((message) => message.role).join(" "),
      kinds: messages.map((message) => message.parts.map((part) => part.kind).join(" ")).join("|"),
    }).toEqual(expected);
    const memory = await openMemory({ model: "gpt-4o" });
    const thread = await memory.thread("thread");
    await thread.append(json);
    const window = await thread.window({ budgetTokens: 100_000 });
    expect(window.parts.map((part) => part.json)).toEqual(messages.map((message) => message.json));
    const value = JSON.parse(json) as unknown;
    const request = value as { readonly messages?: unknown; readonly contents?: unknown };
    const list = Array.isArray(value) ? value : (request.messages ?? request.contents);
    expect(window.messages).toEqual(list);
    const kinds = new Set(window.ledger.kinds.map((row) => row.kind));
    expect(kinds.has("system")).toBe(frame.system !== undefined || messages[0]?.role === "system");
    expect(kinds.has("tools")).toBe(frame.tools !== undefined);
    await memory.close();
  },
);

test.skipIf(folder === undefined)(
  "at 1,200 tokens no call of 47-agents-js-long-turn.json stops",
  async () => {
    const items = JSON.parse(
      readFileSync(`${folder ?? ""}/47-agents-js-long-turn.json`, "utf8"),
    ) as readonly {
      readonly type?: string;
    }[];
    const memory = await openMemory({ model: "gpt-4o" });
    const thread = await memory.thread("thread");
    let calls = 0;
    let edits = 0;
    for (const item of items) {
      await thread.append([item]);
      if (item.type !== undefined && item.type !== "function_call_result") continue;
      const window = await thread.window({ budgetTokens: 1_200 });
      expect(window.tokens).toBeLessThanOrEqual(1_200);
      expect(window.json).toContain("do the long task");
      calls += item.type === undefined ? 0 : 1;
      edits += window.edits.length;
    }
    expect(calls).toBe(items.filter((item) => item.type === "function_call_result").length);
    expect(edits).toBeGreaterThan(3);
    await memory.close();
  },
);

interface ReasoningMessage {
  readonly role: string;
  readonly reasoning_content?: string;
}

test.skipIf(folder === undefined)(
  "every answer of 33-kimi-reasoning-content.json keeps its reasoning at any budget",
  async () => {
    const json = readFileSync(`${folder ?? ""}/33-kimi-reasoning-content.json`, "utf8");
    for (const budgetTokens of [2_000, 3_000, 4_000, 100_000]) {
      const memory = await openMemory({ model: "gpt-4o" });
      const thread = await memory.thread("thread");
      await thread.append(json);
      const window = await thread.window({ budgetTokens, cache: "cold" });
      const answers = (window.messages as readonly ReasoningMessage[]).filter(
        ({ role }) => role === "assistant",
      );
      expect(answers.filter((message) => (message.reasoning_content ?? "") === "")).toEqual([]);
      expect(answers.length).toBeGreaterThan(1);
      expect(window.tokens).toBeLessThanOrEqual(budgetTokens);
      await memory.close();
    }
  },
);
