import { describe, expect, test } from "vitest";
import { quarterCounter } from "./growing-agent.fixture.ts";
import { openMemory } from "./open-memory.ts";

/** A picture of 1,000 by 1,000 pixels: more than 700 tokens in every format. */
const png = "iVBORw0KGgoAAAANSUhEUgAAA+gAAAPoCAIAAADCwUOzAAAAAElFTkSuQmCC";

const request = "open the shop and buy the lamp";

/** A call and its result with a picture next to it, in the same message. */
type Step = (number: number) => readonly object[];

/** The formats in which a picture can be next to a result. */
const formats: Readonly<Record<string, { readonly request: object; readonly step: Step }>> = {
  anthropic: {
    request: { role: "user", content: [{ type: "text", text: request }] },
    step: (number) => [
      { role: "assistant", content: [{ type: "tool_use", id: `c${number}`, name: "click", input: {} }] },
      {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: `c${number}`, content: "clicked" },
          { type: "image", source: { type: "base64", media_type: "image/png", data: png } },
        ],
      },
    ],
  },
  gemini: {
    request: { role: "user", parts: [{ text: request }] },
    step: (number) => [
      { role: "model", parts: [{ functionCall: { name: "click", args: { number } } }] },
      {
        role: "user",
        parts: [
          { functionResponse: { name: "click", response: { output: "clicked" } } },
          { inlineData: { mimeType: "image/png", data: png } },
        ],
      },
    ],
  },
  bedrock: {
    request: { role: "user", content: [{ text: request }] },
    step: (number) => [
      { role: "assistant", content: [{ toolUse: { toolUseId: `c${number}`, name: "click", input: {} } }] },
      {
        role: "user",
        content: [
          { toolResult: { toolUseId: `c${number}`, content: [{ text: "clicked" }] } },
          { image: { format: "png", source: { bytes: png } } },
        ],
      },
    ],
  },
};

describe.each(Object.keys(formats))("pictures next to results in %s", (format) => {
  const { request: first, step } = formats[format] ?? { request: {}, step: () => [] };

  test("are not a request: the user's stays, and no call is refused for want of room", async () => {
    const memory = await openMemory({ counter: quarterCounter, clock: () => 1_700_000_000_000 });
    const thread = await memory.thread("t");
    await thread.append([first]);
    for (let number = 0; number < 6; number++) {
      await thread.append(step(number));
      const window = await thread.window({ budgetTokens: 200, keepImages: 1 });
      expect(window.tokens).toBeLessThanOrEqual(200);
      expect(window.json).toContain(request);
      expect(window.json).not.toContain(png);
      expect(window.parts.at(-1)?.handle).toBe(`#${2 * number + 2}`);
    }
    await memory.close();
  });

  test("age by keepImages as those inside results", async () => {
    const memory = await openMemory({ counter: quarterCounter, clock: () => 1_700_000_000_000 });
    const thread = await memory.thread("t");
    await thread.append([first, ...[0, 1, 2, 3, 4].flatMap(step)]);
    const window = await thread.window({ budgetTokens: 20_000, keepImages: 2, cache: "cold" });
    await memory.close();
    expect(window.json.split(png)).toHaveLength(3);
  });
});
