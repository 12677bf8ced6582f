import { describe, expect, test } from "vitest";
import type { HandMessage } from "./hand-inputs.fixture.ts";
import { assistantSays, sweepOf, longText, userSays, windowAt } from "./hand-inputs.fixture.ts";

const thinking = (name: string): HandMessage => ({
  type: "thinking",
  thinking: longText(name),
  signature: `signed-${name}`,
});
const text = (value: string): HandMessage => ({ type: "text", text: value });
const toolUse = (id: string): HandMessage => ({ type: "tool_use", id, name: "read", input: { path: id } });
const toolResults = (...ids: readonly string[]): HandMessage => ({
  role: "user",
  content: ids.map((id) => ({ type: "tool_result", tool_use_id: id, content: longText(id) })),
});

/** Returns true for a message that holds nothing but white space. */
function isBlank({ content }: HandMessage): boolean {
  return Array.isArray(content) && content.every((block: HandMessage) => /^\s*$/.test(String(block["text"])));
}

const blankCases: readonly (readonly [string, readonly HandMessage[], number, string])[] = [
  [
    "a newline next to thinking",
    [
      userSays("plan the release"),
      assistantSays([thinking("first"), text("\n")]),
      userSays(longText("more")),
      assistantSays([thinking("second"), text("Planned.")]),
      userSays("go on"),
    ],
    170,
    "#0 stub #3* #4",
  ],
  [
    "two blank texts around thinking",
    [
      userSays("plan the release"),
      assistantSays([thinking("first"), text("\n\n"), thinking("again"), text("  ")]),
      userSays("and the notes"),
      assistantSays("Both are planned."),
      userSays("go on"),
    ],
    150,
    "#0 stub #2 #3 #4",
  ],
  [
    "a blank text with a call",
    [
      userSays("read the file"),
      assistantSays([thinking("first"), text("\n\n"), toolUse("a")]),
      toolResults("a"),
      assistantSays("It was read."),
      userSays("read the other"),
      assistantSays([thinking("second"), text(" "), toolUse("b")]),
      toolResults("b"),
    ],
    420,
    "stub #4 #5 #6*",
  ],
];

describe("thinking next to white space", () => {
  test.each(blankCases)("%s", async (_, messages, budgetTokens, expected) => {
    const sweep = await sweepOf("anthropic", messages);
    expect(sweep.flatMap((made) => made.faults)).toEqual([]);
    const sent = sweep.flatMap((made) => made.window.messages as readonly HandMessage[]);
    expect(sent.filter(isBlank)).toEqual([]);
    const { outline, faults } = await windowAt("anthropic", messages, budgetTokens);
    expect(faults).toEqual([]);
    expect(outline).toBe(expected);
  });
});

const reasoning = (id: string): HandMessage => ({
  type: "reasoning",
  id,
  summary: [{ type: "summary_text", text: longText(id, 60) }],
  encrypted_content: `sealed${id}`.repeat(30),
});
const answer = (id: string, value: string): HandMessage => ({
  type: "message",
  id,
  role: "assistant",
  content: [{ type: "output_text", text: value, annotations: [] }],
});
const call = (name: string): HandMessage => ({
  type: "function_call",
  id: `fc_${name}`,
  call_id: name,
  name: "read",
  arguments: `{"path":"${name}"}`,
});
const output = (name: string): HandMessage => ({
  type: "function_call_output",
  call_id: name,
  output: longText(name, 200),
});

const itemCases: readonly (readonly [string, readonly HandMessage[], number, string])[] = [
  [
    "one reasoning item before a message",
    [
      userSays(longText("begin")),
      reasoning("rs_1"),
      answer("msg_1", longText("answer")),
      userSays("go on"),
      reasoning("rs_2"),
      answer("msg_2", "Done."),
      userSays("and now?"),
    ],
    150,
    "stub #5* #6",
  ],
  [
    "two reasoning items before a call",
    [
      userSays("read a"),
      reasoning("rs_1"),
      reasoning("rs_2"),
      call("a"),
      output("a"),
      answer("msg_1", "It was read."),
      userSays("read b"),
      reasoning("rs_3"),
      call("b"),
      output("b"),
    ],
    500,
    "stub #6 #7 #8 #9*",
  ],
  [
    "one reasoning item before two calls and their answer",
    [
      userSays("read both"),
      reasoning("rs_1"),
      call("a"),
      call("b"),
      output("a"),
      output("b"),
      reasoning("rs_2"),
      answer("msg_1", "Both were read."),
      userSays("compare them"),
    ],
    1_000,
    "#0 stub #2* #3* #4 #5 #7* #8",
  ],
];

describe("reasoning items with ids", () => {
  test.each(itemCases)("%s", async (_, messages, budgetTokens, expected) => {
    const sweep = await sweepOf("openai-responses", messages);
    expect(sweep.flatMap((made) => made.faults)).toEqual([]);
    const { window, outline, faults } = await windowAt("openai-responses", messages, budgetTokens);
    expect(faults).toEqual([]);
    expect(outline).toBe(expected);
    const edited = window.parts.filter(({ kind }) => kind === "edited");
    expect(edited.filter(({ json }) => json.includes('"id":'))).toEqual([]);
  });
});
