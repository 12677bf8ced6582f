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
    expect(kinds.has("system")).toBe(frame.system !== undefined);
    expect(kinds.has("tools")).toBe(frame.tools !== undefined);
    await memory.close();
  },
);
