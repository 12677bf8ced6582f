import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { checkPairs } from "./check-pairs.ts";
import { editMessage } from "../edit/edit-message.ts";
import type { Conversation } from "../message/message.ts";
import { readConversation, readConversations } from "./read-conversation.ts";
import { findShared } from "../../../../test/shared-folder.ts";

/** Conversations of other projects. They are not part of this one: without a copy next to it these tests are skipped. */
const folder = process.env["LOADLINE_DATA"] ?? findShared("data") ?? "";
const airline = `${folder}/tau-bench-airline.json`;
const locomo = `${folder}/locomo-dev.json`;
const trajectories = existsSync(`${folder}/swe-agent`)
  ? readdirSync(`${folder}/swe-agent`).filter((name) => name.endsWith(".traj"))
  : [];

/** Checks that the messages follow each other exactly in the text, and that an edit of nothing changes nothing. */
function followMessages(conversation: Conversation, text: string, from: number): number {
  let at = from;
  for (const message of conversation.messages) {
    const found = text.indexOf(message.json, at);
    expect(found).toBeGreaterThanOrEqual(at);
    // Between two messages of a list there is nothing but a comma and blanks.
    if (at > from) expect(text.slice(at, found)).toMatch(/^\s*,\s*$/);
    at = found + message.json.length;
    expect(editMessage(message.json, {})).toBe(message.json);
    const stubs = message.parts
      .filter((part) => part.body !== undefined)
      .map((part) => ({ part, text: "stub" }));
    JSON.parse(editMessage(message.json, { stubs }));
  }
  return at;
}

describe.skipIf(trajectories.length === 0)("SWE-agent trajectories", () => {
  test.each(trajectories)("reads the trajectory %s", (name) => {
    const text = readFileSync(`${folder}/swe-agent/${name}`, "utf8");
    const conversation = readConversation(text);
    expect(conversation.format).toBe("swe-agent");
    followMessages(conversation, text, 0);
    const { history } = JSON.parse(text) as {
      history: readonly { role: string; content: unknown; action?: string }[];
    };
    expect(conversation.messages).toHaveLength(history.length);
    expect(checkPairs(conversation.messages).size).toBeLessThanOrEqual(1);
    const { messages } = conversation;
    const actions = messages.filter((message) => message.parts.some((part) => part.kind === "tool-call"));
    const results = messages.filter((message) => message.role === "tool");
    expect(actions).toHaveLength(history.filter((message) => message.action !== undefined).length);
    // Every action but the last is answered.
    expect(actions.length - results.length).toBeLessThanOrEqual(1);
    expect(messages.flatMap((message) => message.parts).filter((part) => part.kind === "other")).toEqual([]);
  });
});

describe.skipIf(!existsSync(airline))("tau-bench", () => {
  test("reads every conversation", () => {
    const text = readFileSync(airline, "utf8");
    const conversations = readConversations(readFileSync(airline));
    const raw = JSON.parse(text) as readonly { traj: readonly unknown[] }[];
    expect(conversations.map((read) => read.messages.length)).toEqual(raw.map((item) => item.traj.length));
    let at = 0;
    for (const conversation of conversations) {
      expect(conversation.format).toBe("openai-chat");
      at = followMessages(conversation, text, at);
      expect(checkPairs(conversation.messages).size).toBeLessThanOrEqual(1);
    }
  });
});

describe.skipIf(!existsSync(locomo))("LoCoMo", () => {
  test("is refused: it is not a conversation of a provider", () => {
    expect(() => readConversation(readFileSync(locomo))).toThrow(/nothing that looks like a message/);
  });
});
