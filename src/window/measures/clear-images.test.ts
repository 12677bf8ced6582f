import { describe, expect, test } from "vitest";
import { openMemory } from "../thread/open-memory.ts";
import type { Thread } from "../thread/thread.ts";
import type { WindowOptions } from "../thread/window-options.ts";
import { findPairFaults } from "../conversation/read/check-pairs.ts";
import { readConversation } from "../conversation/read/read-conversation.ts";
import type { Format } from "../conversation/message/message.ts";

/** A picture of 1,000 by 1,000 pixels: 1,334 tokens as Anthropic counts, 765 as OpenAI does. */
const png = "iVBORw0KGgoAAAANSUhEUgAAA+gAAAPoCAIAAADCwUOzAAAAAElFTkSuQmCC";
const url = `data:image/png;base64,${png}`;
const picture = { type: "image", source: { type: "base64", media_type: "image/png", data: png } };

/** One request and ten screenshots, in each format. */
const agents: Readonly<Record<string, (index: number) => readonly object[]>> = {
  anthropic: (index) => [
    {
      role: "assistant",
      content: [{ type: "tool_use", id: `c${index}`, name: "computer", input: { n: index } }],
    },
    {
      role: "user",
      content: [
        {
          type: "tool_result",
          tool_use_id: `c${index}`,
          content: [{ type: "text", text: `clicked ${index}` }, picture],
          cache_control: { type: "ephemeral" },
        },
      ],
    },
  ],
  "openai-chat": (index) => [
    {
      role: "assistant",
      content: null,
      tool_calls: [
        { id: `c${index}`, type: "function", function: { name: "look", arguments: `{"n":${index}}` } },
      ],
    },
    {
      role: "tool",
      tool_call_id: `c${index}`,
      content: [
        { type: "text", text: `clicked ${index}` },
        { type: "image_url", image_url: { url } },
      ],
    },
  ],
  "openai-responses": (index) => [
    { type: "function_call", call_id: `c${index}`, name: "look", arguments: `{"n":${index}}` },
    {
      type: "function_call_output",
      call_id: `c${index}`,
      output: [
        { type: "input_text", text: `clicked ${index}` },
        { type: "input_image", image_url: url },
      ],
    },
  ],
  "ai-sdk": (index) => [
    {
      role: "assistant",
      content: [{ type: "tool-call", toolCallId: `c${index}`, toolName: "look", input: { n: index } }],
    },
    {
      role: "tool",
      content: [
        {
          type: "tool-result",
          toolCallId: `c${index}`,
          toolName: "look",
          output: {
            type: "content",
            value: [
              { type: "text", text: `clicked ${index}` },
              { type: "media", data: png, mediaType: "image/png" },
            ],
          },
        },
      ],
    },
  ],
};

const formats = Object.keys(agents) as readonly Format[];

function messagesOf(format: Format, steps: number): readonly object[] {
  const loop = Array.from({ length: steps }, (_, index) => agents[format]?.(index) ?? []).flat();
  const type = format === "openai-responses" ? "input_text" : "text";
  return [{ role: "user", content: [{ type, text: "use the browser" }] }, ...loop];
}

async function threadOf(messages: readonly object[]): Promise<Thread> {
  const memory = await openMemory({ model: "claude-sonnet-4-5", clock: () => 1_700_000_000_000 });
  const thread = await memory.thread("thread");
  await thread.append(messages);
  return thread;
}

/** Returns the numbers of the messages that still show their picture. */
async function listPictured(
  thread: Thread,
  options: WindowOptions,
): Promise<readonly (string | undefined)[]> {
  const window = await thread.window(options);
  expect(window.tokens).toBeLessThanOrEqual(window.budgetTokens);
  return window.parts.filter((part) => part.json.includes(png)).map((part) => part.handle);
}

describe.each(formats)("pictures in results, %s", (format) => {
  test("all but the newest three become a text with their handle once that is free", async () => {
    const thread = await threadOf(messagesOf(format, 10));
    const window = await thread.window({ budgetTokens: 100_000, cache: "cold" });
    expect(window.edits.map((edit) => [edit.measure, edit.reason, edit.targets.length])).toEqual([
      ["clear-images", "cold", 7],
    ]);
    expect(window.parts.filter((part) => part.json.includes(png)).map((part) => part.handle)).toEqual([
      "#16",
      "#18",
      "#20",
    ]);
    // The text of the result and everything around the picture stay.
    const cleared = window.parts[2]?.json ?? "";
    expect(cleared).toContain("clicked 0");
    expect(cleared).toMatch(/\[Image #2 of \d+ tokens was cleared; recall brings it back\.\]/);
    const again = readConversation(window.json, { format }).messages;
    expect(findPairFaults(again).faults).toEqual([]);
    expect(again.map((message) => message.role)).toEqual(
      readConversation(JSON.stringify(messagesOf(format, 10)), { format }).messages.map(({ role }) => role),
    );
    expect((await thread.expand("#2"))[0]?.json).toContain(png);
    // The edit is sticky, and `undo` brings the pictures back.
    await thread.undo(1);
    expect(
      await listPictured(thread, { budgetTokens: 100_000, cache: "warm", expectedTurns: 0 }),
    ).toHaveLength(10);
  });

  test("on a warm cache they are cleared when that pays", async () => {
    const thread = await threadOf(messagesOf(format, 10));
    const warm = { budgetTokens: 100_000, cache: "warm" as const };
    expect(await listPictured(thread, { ...warm, expectedTurns: 1 })).toHaveLength(10);
    expect((await listPictured(thread, { ...warm, expectedTurns: 100 })).length).toBeLessThan(10);
  });

  test("under a small budget they leave before any text does; the newest stay longest", async () => {
    const thread = await threadOf(messagesOf(format, 10));
    expect(await listPictured(thread, { budgetTokens: 6_500, lowWater: 0.9 })).toEqual(["#16", "#18", "#20"]);
    expect((await thread.edits()).map((edit) => edit.measure)).toEqual(["clear-images"]);
    expect(
      await listPictured(thread, { budgetTokens: 6_500, keepImages: 1, lowWater: 0.9, cache: "cold" }),
    ).toEqual(["#20"]);
    expect((await listPictured(thread, { budgetTokens: 500 })).length).toBe(0);
  });

  test("a call with five screenshots keeps as many of the newest as fit", async () => {
    const [call, result] = agents[format]?.(0) ?? [];
    const many = JSON.parse(
      JSON.stringify(result).replace(
        /(\{"type":"(?:image|image_url|input_image|media)".*?\}+)(?=\])/,
        "$1,$1,$1,$1,$1",
      ),
    ) as object;
    const [request] = messagesOf(format, 0);
    const thread = await threadOf([request ?? {}, call ?? {}, many]);
    const window = await thread.window({ budgetTokens: 4_400 });
    const shown = window.json.split(png).length - 1;
    expect(shown).toBeGreaterThan(1);
    expect(shown).toBeLessThan(5);
    expect(window.json).toContain("clicked 0");
    expect(window.json.lastIndexOf("was cleared")).toBeLessThan(window.json.indexOf(png));
  });
});

describe("pictures that a user sent", () => {
  const turn = (index: number): readonly object[] => [
    { role: "user", content: [{ type: "text", text: `photo ${index}` }, picture] },
    { role: "assistant", content: `seen ${index}` },
  ];
  const turns = Array.from({ length: 8 }, (_, index) => turn(index)).flat();

  test("stay while the budget does not bind, also on a cold cache", async () => {
    const thread = await threadOf(turns.slice(0, -1));
    expect(await listPictured(thread, { budgetTokens: 100_000, cache: "cold" })).toHaveLength(8);
  });
  test("are cleared under the budget, oldest first; those of the task and the newest request stay", async () => {
    const thread = await threadOf(turns.slice(0, -1));
    expect(await listPictured(thread, { budgetTokens: 6_000, lowWater: 0.9 })).toEqual([
      "#0",
      "#10",
      "#12",
      "#14",
    ]);
    expect(await listPictured(thread, { budgetTokens: 2_000 })).toEqual(["#14"]);
    await expect(thread.window({ budgetTokens: 1_000 })).rejects.toThrow(
      /budget-too-small|allowed: at least/,
    );
  });
  test("keepImages is checked", async () => {
    const thread = await threadOf(turns.slice(0, -1));
    expect(() => thread.window({ budgetTokens: 100, keepImages: -1 })).toThrow(/keepImages: got -1/);
  });
});

test("screenshots with equal texts do not count as copies", async () => {
  const steps = messagesOf("anthropic", 3).map(
    (message) => JSON.parse(JSON.stringify(message).replace(/clicked \d/, "done ".repeat(60))) as object,
  );
  const thread = await threadOf(steps);
  const window = await thread.window({ budgetTokens: 100_000, cache: "cold" });
  expect(window.edits).toEqual([]);
});
