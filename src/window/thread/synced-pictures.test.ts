import { describe, expect, test } from "vitest";
import { quarterCounter } from "./growing-agent.fixture.ts";
import { openMemory } from "./open-memory.ts";

/** A picture of 1,000 by 1,000 pixels: 1,334 tokens for Anthropic. */
const png = "iVBORw0KGgoAAAANSUhEUgAAA+gAAAPoCAIAAADCwUOzAAAAAElFTkSuQmCC";

/** What the newest result holds before its picture. */
const texts: Readonly<Record<string, string>> = { long: "line of the log\n".repeat(400), short: "ok" };

/** A request whose call was answered by a text and a picture, in each format that allows both. */
const histories: Readonly<Record<string, (text: string) => readonly object[]>> = {
  anthropic: (text) => [
    { role: "user", content: [{ type: "text", text: "look at the page" }] },
    { role: "assistant", content: [{ type: "tool_use", id: "c1", name: "look", input: {} }] },
    {
      role: "user",
      content: [
        {
          type: "tool_result",
          tool_use_id: "c1",
          content: [
            { type: "text", text },
            { type: "image", source: { type: "base64", media_type: "image/png", data: png } },
            { type: "document", source: { type: "base64", media_type: "application/pdf", data: "JVBERi0=" } },
          ],
        },
      ],
    },
  ],
  "ai-sdk": (text) => [
    { role: "user", content: [{ type: "text", text: "look at the page" }] },
    { role: "assistant", content: [{ type: "tool-call", toolCallId: "c1", toolName: "look", input: {} }] },
    {
      role: "tool",
      content: [
        {
          type: "tool-result",
          toolCallId: "c1",
          toolName: "look",
          output: {
            type: "content",
            value: [
              { type: "text", text },
              { type: "media", data: png, mediaType: "image/png" },
            ],
          },
        },
      ],
    },
  ],
  bedrock: (text) => [
    { role: "user", content: [{ text: "look at the page" }] },
    { role: "assistant", content: [{ toolUse: { toolUseId: "c1", name: "look", input: {} } }] },
    {
      role: "user",
      content: [
        {
          toolResult: {
            toolUseId: "c1",
            content: [{ text }, { image: { format: "png", source: { bytes: png } } }],
          },
        },
      ],
    },
  ],
};

describe("a result with a picture that a client sends with its whole history", () => {
  const rows = Object.keys(histories).flatMap((format) =>
    Object.keys(texts).map((size) => [format, size] as const),
  );
  test.each(rows)("is shortened as one that was appended: %s, %s text", async (format, size) => {
    const messages = histories[format]?.(texts[size] ?? "") ?? [];
    const showWindow = async (how: "append" | "sync"): Promise<readonly unknown[]> => {
      const memory = await openMemory({ counter: quarterCounter, clock: () => 1_700_000_000_000 });
      const thread = await memory.thread("t");
      await thread[how](messages);
      const window = await thread.window({ budgetTokens: 150 });
      await memory.close();
      expect(window.tokens).toBeLessThanOrEqual(150);
      return window.messages;
    };
    const synced = await showWindow("sync");
    expect(synced).toHaveLength(3);
    expect(synced).toEqual(await showWindow("append"));
  });
});
