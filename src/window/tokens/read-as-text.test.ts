import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readConversation } from "../conversation/read/read-conversation.ts";
import { readMessage } from "../conversation/read/read-message.ts";
import type { Format } from "../conversation/message/message.ts";
import { findShared } from "../../../test/shared-folder.ts";
import { countFrame } from "./count-frame.ts";
import { countMessage } from "./count-message.ts";
import { counterForModel } from "./model-vocabulary.ts";

function findCase(name: string): string | undefined {
  const path = findShared(`cases/window/${name}`);
  return path === undefined ? undefined : readFileSync(path, "utf8");
}

async function countMessages(json: string, model: string): Promise<readonly number[]> {
  const counter = await counterForModel(model);
  return readConversation(json).messages.map((message) => countMessage(message, counter).total);
}

function escape(json: string): string {
  return json.replace(/[^\0-~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A PNG of 640 x 480 pixels, with data that is not compressed. */
const png = Buffer.concat([
  Buffer.from("89504e470d0a1a0a0000000d4948445200000280000001e00802000000", "hex"),
  Buffer.alloc(20_000, 7),
]).toString("base64");
const pdf = Buffer.from(`%PDF-1.4 ${"<</Type /Page>> ".repeat(4)}${" ".repeat(9_000)}`).toString("base64");

describe("text is counted as it is read", () => {
  const value = { 查询: "港口八四四三在哪里使用？", path: "src/服务器.ts", lines: [1, 2, { 深: true }] };
  const messages: readonly [Format, unknown][] = [
    [
      "anthropic",
      { role: "assistant", content: [{ type: "tool_use", id: "t1", name: "find", input: value }] },
    ],
    [
      "openai-chat",
      { role: "assistant", tool_calls: [{ id: "c", function: { name: "find", arguments: value } }] },
    ],
    [
      "ai-sdk",
      { role: "assistant", content: [{ type: "tool-call", toolCallId: "c", toolName: "f", input: value }] },
    ],
    ["openai-responses", { type: "web_search_call", id: "w", action: value }],
    ["openai-chat", { role: "user", content: [{ type: "novel_block", value }] }],
    ["openai-chat", { role: "user", content: "hi", novel: value }],
    [
      "ai-sdk",
      {
        role: "tool",
        content: [{ type: "tool-result", toolCallId: "c", toolName: "f", output: { type: "json", value } }],
      },
    ],
  ];
  test.each(messages)("%s: escaped and indented JSON counts as compact JSON %#", async (format, message) => {
    const counter = await counterForModel("gpt-4o");
    const count = (json: string) => countMessage(readMessage(json, format), counter).total;
    const compact = count(JSON.stringify(message));
    expect(count(JSON.stringify(message, undefined, 4))).toBe(compact);
    expect(count(escape(JSON.stringify(message)))).toBe(compact);
  });
  test("a string of arguments counts as the model wrote it", async () => {
    const counter = await counterForModel("gpt-4o");
    const message = {
      role: "assistant",
      tool_calls: [{ id: "c", function: { name: "f", arguments: '{"a":\n\n 1}' } }],
    };
    const part = readMessage(JSON.stringify(message), "openai-chat").parts[0];
    expect(part?.arguments).toBe('{"a":\n\n 1}');
    expect(countMessage(readMessage(JSON.stringify(message), "openai-chat"), counter).parts).toHaveLength(1);
  });
  test("a list of system blocks counts as its texts", async () => {
    const counter = await counterForModel("claude-sonnet-4-5");
    const text = "Read the log before you answer. 先读日志。";
    const blocks = [{ type: "text", text, cache_control: { type: "ephemeral" } }];
    const plain = countFrame({ system: JSON.stringify(text), tools: undefined }, counter).system;
    expect(
      countFrame({ system: escape(JSON.stringify(blocks, undefined, 2)), tools: undefined }, counter).system,
    ).toBe(plain);
  });
});

describe("files in unknown blocks and fields are counted as files", () => {
  const inputs: readonly [string, unknown, number][] = [
    // 640 x 480: two tiles of 512, 85 + 2 · 170.
    [
      "a picture in an MCP result's novel block",
      { role: "user", content: [{ type: "embedded", resource: { blob: png } }] },
      425,
    ],
    [
      "a picture in a novel field",
      { role: "user", content: "Which port?", attachments: [`data:image/png;base64,${png}`] },
      425,
    ],
    // Four pages: 4 · (750 + 85).
    ["a PDF in a novel field", { role: "user", content: "Sum up.", pages: { data: pdf } }, 3_340],
  ];
  test.each(inputs)("%s", async (_, message, tokens) => {
    const counter = await counterForModel("gpt-4o");
    const { total } = countMessage(readMessage(JSON.stringify(message), "openai-chat"), counter);
    expect(total).toBeGreaterThanOrEqual(tokens);
    expect(total).toBeLessThan(tokens + 40);
  });
  test("a PDF in a file block counts by its pages", async () => {
    const counter = await counterForModel("claude-sonnet-4-5");
    const block = { type: "document", source: { type: "base64", media_type: "application/pdf", data: pdf } };
    const message = readMessage(JSON.stringify({ role: "user", content: [block] }), "anthropic");
    expect(countMessage(message, counter).parts).toEqual([4 * 2_333]);
  });
  test("data that is neither counts as the text that is sent", async () => {
    const counter = await counterForModel("gpt-4o");
    const data = Buffer.from(Array.from({ length: 3_000 }, (_, index) => (index * 7919) % 256)).toString(
      "base64",
    );
    const { total } = countMessage(
      readMessage(JSON.stringify({ role: "user", content: "x", blob: data }), "openai-chat"),
      counter,
    );
    expect(total).toBeGreaterThanOrEqual(counter.count(data));
  });
  test("megabytes are counted in linear time", async () => {
    const counter = await counterForModel("gpt-4o");
    const long = "a".repeat(20_000);
    const message = { role: "user", content: "x", novel: [long, `\\"${long}`, png.repeat(40)] };
    const { total } = countMessage(readMessage(JSON.stringify(message), "openai-chat"), counter);
    expect(total).toBeLessThan(2 * 2_501 + 500);
  });
});

describe("shared cases", () => {
  const picture = findCase("52-image-1024.json");
  test.skipIf(picture === undefined)("52: a picture costs what its model takes for it", async () => {
    // The message has 4 tokens in addition to its picture.
    expect(await countMessages(picture ?? "", "gpt-4o-mini")).toEqual([25_505]);
    expect(await countMessages(picture ?? "", "gpt-4o")).toEqual([769]);
    expect(await countMessages(picture ?? "", "gpt-4.1-mini")).toEqual([1_663]);
    expect(await countMessages(picture ?? "", "o4-mini")).toEqual([1_766]);
    expect(await countMessages(picture ?? "", "gpt-5-mini")).toEqual([1_233]);
    expect(await countMessages(picture ?? "", "gpt-5-nano")).toEqual([1_540]);
    expect(await countMessages(picture ?? "", "claude-sonnet-4-5")).toEqual([1_373]);
  });
  const ollama = findCase("15-ollama.json");
  test.skipIf(ollama === undefined)(
    "15: a picture of Ollama's images is a picture, not 3,000 characters",
    async () => {
      const [first] = await countMessages(ollama ?? "", "llama3.2");
      // 10 x 20 pixels: one tile, 255 tokens; the text has 3, the message 4; brackets at most 2.
      expect(first).toBeGreaterThanOrEqual(262);
      expect(first).toBeLessThanOrEqual(264);
    },
  );
});
