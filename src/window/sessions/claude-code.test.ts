import { beforeEach, describe, expect, test } from "vitest";
import { readConversation, readConversations } from "../conversation/read/read-conversation.ts";
import { checkPairs } from "../conversation/read/check-pairs.ts";
import { block, call, line, result, setSecond, text, user } from "./claude-code.fixture.ts";
import { readCase, readOne, sayIt, toLines } from "./shared-cases.fixture.ts";

beforeEach(() => setSecond(0));

describe("case files", () => {
  const seven = readCase("07-claude-code.jsonl");
  test.skipIf(seven === undefined)("07: a summary and four messages, cut from their envelopes", () => {
    const found = readOne(seven ?? "");
    expect(found.messages.map(sayIt)).toEqual([
      "user | text:What port does the server use?",
      'assistant | tool-call:{"pattern":"port"}',
      "tool | tool-result:config.yml: port 8443",
      "assistant | text:It listens on 8443.",
    ]);
    expect(found.messages.every((message) => seven?.includes(`"message":${message.json},`))).toBe(true);
    expect(found.messages.map((message) => message.usage)).toEqual([
      undefined,
      { inputTokens: 1004, outputTokens: 30, cachedInputTokens: 1000 },
      undefined,
      undefined,
    ]);
    expect(found.messages[0]?.time).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
    expect(found).toMatchObject({ format: "anthropic", model: "claude-sonnet-4-5" });
    expect(found.session).toMatchObject({
      agent: "claude-code",
      id: "s1",
      title: "Fix port",
      folder: "/w",
      notes: [],
    });
    expect(found.converted).toBeUndefined();
  });
  const eight = readCase("08-claude-code-nosummary.jsonl");
  test.skipIf(eight === undefined)("08: two messages without a summary", () => {
    const found = readOne(eight ?? "");
    expect(found.messages.map(sayIt)).toEqual([
      "user | text:What port does the server use?",
      "assistant | text:8443.",
    ]);
    expect(found.session).toMatchObject({
      title: "What port does the server use?",
      id: undefined,
      folder: undefined,
    });
  });
});

describe("Claude Code's log", () => {
  test("joins the lines of one answer, and takes the last usage", () => {
    const found = readOne(
      toLines([
        user("u1", null, "hi"),
        block("u2", "u1", "msg_1", { type: "thinking", thinking: "let me see", signature: "c2ln" }),
        block("u3", "u2", "msg_1", text("I read it."), 1),
        block("u4", "u3", "msg_1", call("a"), 57),
        user("u5", "u4", [result("a")]),
        block("u6", "u5", "msg_2", text("done"), 5),
      ]),
    );
    expect(found.messages.map(sayIt)).toEqual([
      "user | text:hi",
      'assistant | reasoning:let me see | text:I read it. | tool-call:{"file_path":"a.ts"}',
      "tool | tool-result:text of a",
      "assistant | text:done",
    ]);
    expect(found.messages[1]?.usage).toEqual({ inputTokens: 1000, outputTokens: 57, cachedInputTokens: 900 });
    // The provider's bytes of the last line around the blocks of all three.
    expect(found.messages[1]?.json).toContain(
      '"content":[{"type":"thinking","thinking":"let me see","signature":"c2ln"},{"type":"text"',
    );
  });

  test("brings back parallel calls and results that are on side branches", () => {
    const found = readOne(
      toLines([
        user("u1", null, "read both"),
        block("u2", "u1", "msg_1", call("a")),
        block("u3", "u2", "msg_1", call("b")),
        user("r1", "u2", [result("a")]),
        user("r2", "u3", [result("b")]),
        block("u4", "r2", "msg_2", text("both")),
      ]),
    );
    expect(found.messages.map((message) => message.role)).toEqual([
      "user",
      "assistant",
      "tool",
      "tool",
      "assistant",
    ]);
    expect(checkPairs(found.messages).size).toBe(0);
    expect(found.session?.notes).toEqual([]);
  });

  test("follows the newest leaf, and says that a branch was left", () => {
    const found = readOne(
      toLines([
        user("u1", null, "start"),
        block("u2", "u1", "msg_1", text("ready")),
        user("u3", "u2", "first try"),
        block("u4", "u3", "msg_2", text("wrong")),
        user("u5", "u2", "second try"),
        block("u6", "u5", "msg_3", text("right")),
      ]),
    );
    expect(found.messages.map(sayIt)).toEqual([
      "user | text:start",
      "assistant | text:ready",
      "user | text:second try",
      "assistant | text:right",
    ]);
    expect(found.session?.notes).toEqual(["left out: 2 messages of branches that the user left"]);
  });

  test("returns sub-agents as conversations of their own", () => {
    const side = { isSidechain: true };
    const lines = toLines([
      user("u1", null, "main"),
      user("s1", null, "task one", side),
      user("t1", null, "task two", side),
      line("s2", "s1", "assistant", { id: "m", role: "assistant", content: [text("one")] }, side),
      line("t2", "t1", "assistant", { id: "n", role: "assistant", content: [text("two")] }, side),
      block("u2", "u1", "msg_1", text("end")),
    ]);
    const found = readConversations(lines);
    expect(found.map(({ messages }) => messages.map(sayIt))).toEqual([
      ["user | text:main", "assistant | text:end"],
      ["user | text:task one", "assistant | text:one"],
      ["user | text:task two", "assistant | text:two"],
    ]);
    expect(found.map(({ session }) => session?.sidechain)).toEqual([undefined, "s1", "t1"]);
    expect(readConversation(lines).messages).toHaveLength(2);
    expect(found[0]?.session?.notes).toEqual(["in conversations of their own: 2 sub-agents"]);
    // A file of a sub-agent alone, as newer releases write it.
    const alone = readOne(toLines([user("s1", null, "task", { ...side, agentId: "a7" })]));
    expect(alone.session?.sidechain).toBe("a7");
  });

  test("keeps both sides of a compaction and where it was", () => {
    const boundary = {
      parentUuid: null,
      logicalParentUuid: "u2",
      isSidechain: false,
      type: "system",
      subtype: "compact_boundary",
      content: "Conversation compacted",
      uuid: "b1",
      timestamp: "2026-01-02T03:05:00.000Z",
    };
    setSecond(100);
    const after = [
      user("u3", "b1", "This session continues one that was compacted. Summary: …", {
        isCompactSummary: true,
      }),
      block("u4", "u3", "msg_2", text("going on")),
    ];
    setSecond(0);
    const before = [user("u1", null, "start"), block("u2", "u1", "msg_1", text("ready"))];
    for (const kept of [boundary, { ...boundary, logicalParentUuid: undefined }]) {
      const found = readOne(toLines([...before, kept, ...after]));
      expect(found.messages).toHaveLength(4);
      expect(found.session?.compactions).toEqual([2]);
    }
  });

  test("leaves out errors of the API, events and lines without a message", () => {
    const found = readOne(
      toLines([
        { type: "file-history-snapshot", messageId: "x", snapshot: {} },
        user("c1", null, "<command-name>/model</command-name>", { isMeta: true }),
        user("u1", "c1", "real request"),
        { ...line("p1", "u1", "attachment", {}), message: undefined, attachment: { type: "todo" } },
        line(
          "e1",
          "p1",
          "assistant",
          { id: "e", role: "assistant", model: "<synthetic>", content: [text("API Error: 529")] },
          { isApiErrorMessage: true },
        ),
        block("u2", "e1", "msg_1", text("here")),
      ]),
    );
    expect(found.messages.map(sayIt)).toEqual([
      "user | text:<command-name>/model</command-name>",
      "user | text:real request",
      "assistant | text:here",
    ]);
    expect(found.session?.title).toBe("real request");
    expect(found.session?.notes).toEqual(["left out: 1 API error shown in place of an answer"]);
  });

  test("tolerates a last line that is cut, and says so", () => {
    const lines = toLines([user("u1", null, "hi"), block("u2", "u1", "msg_1", text("there"))]);
    const found = readOne(lines + lines.slice(0, 100));
    expect(found.messages).toHaveLength(2);
    expect(found.session?.notes).toEqual([
      "left out: line 3, the last one, which is cut off: the agent may still be writing",
    ]);
  });

  test("tolerates a last line that is cut within a character, at every byte", () => {
    const lines = toLines([user("u1", null, "hi"), user("u2", "u1", "日本 😀 é")]);
    const bytes = new TextEncoder().encode(lines);
    const first = lines.indexOf("\n") + 1;
    for (let end = first + 2; end < bytes.length - 1; end++) {
      const found = readConversations(bytes.subarray(0, end));
      expect(found[0]?.messages).toHaveLength(1);
    }
  });

  test("refuses a log without messages, and survives hostile links", () => {
    expect(() =>
      readOne(
        toLines([
          { type: "summary", summary: "x", leafUuid: "u" },
          { type: "summary", summary: "y", leafUuid: "v" },
        ]),
      ),
    ).toThrow(/session log of Claude Code without messages \(2 lines/);
    const found = readOne(
      toLines([user("u1", "u2", "a"), user("u2", "u1", "b"), user("u3", "u3", "c"), user("u1", null, "d")]),
    );
    expect(found.messages.map(sayIt)).toEqual(["user | text:a", "user | text:b", "user | text:c"]);
    const many = Array.from({ length: 20_000 }, (_, index) =>
      user(`n${index}`, index === 0 ? null : `n${index - 1}`, "x"),
    );
    expect(readOne(toLines(many)).messages).toHaveLength(20_000);
  });
});
