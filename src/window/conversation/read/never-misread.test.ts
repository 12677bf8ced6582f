import {
  array,
  assert,
  constant,
  constantFrom,
  dictionary,
  integer,
  jsonValue,
  oneof,
  property,
  record,
  string,
} from "fast-check";
import { describe, expect, test } from "vitest";
import { isLoadlineError } from "../../../shared/errors.ts";
import { formatSigns } from "../signs/format-signs.ts";
import { readConversation } from "./read-conversation.ts";
import { formats } from "./read-message.ts";

const words = [
  "user",
  "assistant",
  "system",
  "tool",
  "human",
  "ai",
  "model",
  "wizard",
  "message",
  "reasoning",
];
const types = [
  "text",
  "tool_use",
  "tool-call",
  "input_text",
  "function_call",
  "thinking",
  "image_url",
  "hologram",
];
const word = oneof(constantFrom(...words, ...types), string({ maxLength: 8 }));
const block = oneof(
  record({ type: constantFrom(...types), text: string() }, { requiredKeys: [] }),
  record({ type: word, text: string(), id: string(), data: jsonValue() }, { requiredKeys: [] }),
);
const message = record(
  {
    role: word,
    type: word,
    content: oneof(string(), array(block, { maxLength: 3 }), constant(null), jsonValue()),
    parts: array(block, { maxLength: 2 }),
    data: jsonValue(),
    tool_calls: jsonValue(),
    input: jsonValue(),
    output: jsonValue(),
    source: word,
    action: word,
    value: string(),
  },
  { requiredKeys: [] },
);
const anyObject = dictionary(word, jsonValue(), { maxKeys: 5 });
const list = array(oneof(message, anyObject), { minLength: 1, maxLength: 5 });
const refusals = ["unknown-format", "invalid-message"] as const;

/** Reads an input; undefined if it is refused with one of the two codes. */
function tryRead(input: string): ReturnType<typeof readConversation> | undefined {
  try {
    return readConversation(input);
  } catch (error) {
    if (refusals.some((code) => isLoadlineError(error, code))) return undefined;
    throw error;
  }
}

describe("no input is misread in silence", () => {
  test.each([
    ["a list of any objects", (values: readonly object[]) => JSON.stringify(values)],
    ["a request around them", (values: readonly object[]) => JSON.stringify({ messages: values })],
    ["lines of them", (values: readonly object[]) => values.map((value) => JSON.stringify(value)).join("\n")],
  ])("reads %s in one known format, or refuses it", (_name, write) => {
    assert(
      property(list, (values) => {
        const conversation = tryRead(write(values));
        if (conversation === undefined) return;
        expect(formats).toContain(conversation.format);
        // What no sign settles has only pieces that its format knows.
        if (conversation.settled === true) return;
        const { roles, blockTypes } = formatSigns[conversation.format];
        for (const { json } of conversation.messages) {
          const value = JSON.parse(json) as { role?: unknown; content?: unknown };
          expect(roles.has(String(value.role))).toBe(true);
          if (!Array.isArray(value.content)) continue;
          for (const item of value.content as readonly { type?: unknown }[])
            expect(blockTypes.has(String(item.type))).toBe(true);
        }
      }),
      { seed: 13, numRuns: 900 },
    );
  });

  test("refuses a list in which no role and no type is known", () => {
    const unknown = record(
      {
        type: string().filter((type) => !formats.some((format) => formatSigns[format].itemTypes.has(type))),
        text: string(),
        data: jsonValue(),
        id: integer(),
      },
      { requiredKeys: ["type"] },
    );
    assert(
      property(array(unknown, { minLength: 1, maxLength: 5 }), (values) => {
        expect(tryRead(JSON.stringify(values))).toBeUndefined();
      }),
      { seed: 14, numRuns: 400 },
    );
  });
});
