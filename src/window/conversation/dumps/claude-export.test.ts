import { describe, expect, test } from "vitest";
import { checkPairs } from "../read/check-pairs.ts";
import { readConversation, readConversations } from "../read/read-conversation.ts";
import { outline } from "./outline.fixture.ts";

const asked = {
  uuid: "m1",
  text: "Which port?",
  content: [{ type: "text", text: "Which port?", citations: [], start_timestamp: "2026-01-02T03:04:05Z" }],
  sender: "human",
  created_at: "2026-01-02T03:04:05.000Z",
  attachments: [{ file_name: "c.yml", file_size: 10, extracted_content: "port: 8443" }],
  files: [],
};
const answered = {
  uuid: "m2",
  text: "8443",
  content: [
    { type: "thinking", thinking: "I look.", summaries: [], cut_off: false },
    { type: "tool_use", id: "toolu_1", name: "repl", input: { code: "x" }, message: "Running" },
    { type: "token_budget", remaining: 5 },
    {
      type: "tool_result",
      tool_use_id: "toolu_1",
      name: "repl",
      content: [{ type: "text", text: "8443" }],
      is_error: false,
    },
    { type: "text", text: "8443" },
  ],
  sender: "assistant",
  attachments: [],
};
const conversation = { uuid: "c1", name: "Ports", chat_messages: [asked, answered] };

describe("Claude.ai's export", () => {
  test("reads a conversation as Anthropic's messages, with results in messages of the user", () => {
    const found = readConversation(JSON.stringify([conversation]));
    expect(found).toMatchObject({ format: "anthropic", settled: true, converted: "Claude.ai export" });
    expect(outline(found)).toEqual([
      "user: file port: 8443 | text Which port?",
      'assistant: reasoning I look. | tool-call repl <toolu_1> {"code":"x"}',
      "tool: tool-result <toolu_1> 8443",
      "assistant: text 8443",
    ]);
    expect(checkPairs(found.messages).size).toBe(0);
    expect(found.messages[2]?.json).toBe(
      '{"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":[{"type":"text","text":"8443"}],"is_error":false}]}',
    );
    expect(found.messages[0]?.time).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
  });

  test("follows the current branch, and falls back to the text of an old export", () => {
    const edited = {
      uuid: "c2",
      current_leaf_message_uuid: "b2",
      chat_messages: [
        { uuid: "a", text: "hi", sender: "human", content: [], parent_message_uuid: "root" },
        { uuid: "b1", text: "old", sender: "assistant", content: [], parent_message_uuid: "a" },
        { uuid: "b2", text: "new", sender: "assistant", content: [], parent_message_uuid: "a" },
        { uuid: "c", text: "after old", sender: "human", content: [], parent_message_uuid: "b1" },
      ],
    };
    expect(outline(readConversation(JSON.stringify(edited)))).toEqual([
      "user: text hi",
      "assistant: text new",
    ]);
  });

  test("reads an export that wraps its conversations with the account", () => {
    const file = JSON.stringify({ account: { uuid: "a" }, conversations: [conversation] });
    expect(readConversation(file).converted).toBe("Claude.ai export");
  });

  test("reads every conversation of a file, also one that is empty", () => {
    const file = JSON.stringify([conversation, { uuid: "c3", name: "", chat_messages: [] }]);
    expect(readConversations(file).map((found) => found.messages.length)).toEqual([4, 0]);
  });
});
