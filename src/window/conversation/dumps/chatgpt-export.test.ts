import { describe, expect, test } from "vitest";
import { readConversation, readConversations } from "../read/read-conversation.ts";
import { outline } from "./outline.fixture.ts";

interface Sent {
  readonly role: string;
  readonly content: object;
  readonly recipient?: string;
  readonly name?: string;
}

function node(id: string, parent: string | null, children: readonly string[], sent?: Sent): object {
  const message =
    sent === undefined
      ? null
      : {
          id,
          author: { role: sent.role, name: sent.name ?? null, metadata: {} },
          create_time: 1_700_000_000.5,
          content: sent.content,
          recipient: sent.recipient ?? "all",
          metadata: sent.role === "assistant" ? { model_slug: "gpt-4o" } : {},
        };
  return { id, message, parent, children };
}

const text = (value: string): object => ({ content_type: "text", parts: [value] });

const conversation = {
  title: "Ports",
  create_time: 1_700_000_000,
  mapping: {
    root: node("root", null, ["s"]),
    s: node("s", "root", ["u1"], { role: "system", content: text("") }),
    u1: node("u1", "s", ["old", "t1"], { role: "user", content: text("Which port?") }),
    old: node("old", "u1", [], { role: "assistant", content: text("80") }),
    t1: node("t1", "u1", ["c1"], {
      role: "assistant",
      content: { content_type: "thoughts", thoughts: [{ summary: "look", content: "I look it up." }] },
    }),
    c1: node("c1", "t1", ["r1"], {
      role: "assistant",
      content: { content_type: "code", language: "python", text: "print(open('c').read())" },
      recipient: "python",
    }),
    r1: node("r1", "c1", ["p1"], {
      role: "tool",
      name: "python",
      content: { content_type: "execution_output", text: "port 8443" },
    }),
    p1: node("p1", "r1", ["a1"], {
      role: "assistant",
      content: { content_type: "reasoning_recap", content: "Thought for 3s" },
    }),
    a1: node("a1", "p1", [], { role: "assistant", content: text("8443") }),
  },
  current_node: "a1",
};

const expected = [
  "user: text Which port?",
  "assistant: reasoning I look it up.",
  "assistant: tool-call python print(open('c').read())",
  "tool: tool-result port 8443",
  "assistant: text 8443",
];

describe("ChatGPT's export", () => {
  test("reads the current branch as OpenAI chat, and leaves out the answer that was replaced", () => {
    const found = readConversation(JSON.stringify([conversation]));
    expect(found).toMatchObject({
      format: "openai-chat",
      settled: true,
      converted: "ChatGPT export",
      model: "gpt-4o",
    });
    expect(outline(found)).toEqual(expected);
    expect(found.messages[0]?.time).toBe(1_700_000_000_500);
  });

  test("follows the newest children of a conversation without a current node", () => {
    const { current_node: _, ...rest } = conversation;
    expect(outline(readConversation(JSON.stringify(rest)))).toEqual(expected);
  });

  test("reads every conversation of a file, and refuses several where one is wanted", () => {
    const file = JSON.stringify([conversation, { ...conversation, current_node: "old" }]);
    expect(readConversations(file).map((found) => found.messages.length)).toEqual([5, 2]);
    expect(() => readConversation(file)).toThrow(/got 2 conversations, allowed: one/);
  });

  test("keeps pictures by address, transcripts, custom instructions and unknown contents", () => {
    const picture = { content_type: "image_asset_pointer", asset_pointer: "file-service://x", width: 9 };
    const found = readConversation(
      JSON.stringify({
        mapping: {
          a: node("a", null, ["b"], {
            role: "user",
            content: { content_type: "user_editable_context", user_profile: "I am", user_instructions: "be" },
          }),
          b: node("b", "a", ["c"], {
            role: "user",
            content: { content_type: "multimodal_text", parts: [picture, "what is it?"] },
          }),
          c: node("c", "b", [], { role: "assistant", content: { content_type: "hologram", beam: 1 } }),
        },
        current_node: "c",
      }),
    );
    expect(outline(found)).toEqual([
      "user: text I am\n\nbe",
      "user: image  | text what is it?",
      'assistant: other {"content_type":"hologram","beam":1}',
    ]);
  });

  test("ends on a ring of parents", () => {
    const ring = {
      mapping: {
        a: node("a", "b", ["b"], { role: "user", content: text("a") }),
        b: node("b", "a", ["a"], { role: "assistant", content: text("b") }),
      },
      current_node: "b",
    };
    expect(outline(readConversation(JSON.stringify(ring)))).toEqual(["user: text a", "assistant: text b"]);
  });
});
