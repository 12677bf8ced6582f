import { describe, expect, test } from "vitest";
import type { HandMessage } from "./hand-inputs.fixture.ts";
import { assistantSays, longText, sweepOf, userSays, windowAt } from "./hand-inputs.fixture.ts";

/** Makes an answer of the AI SDK that asks for approval of a call for each id. */
const askApproval = (...ids: readonly string[]): HandMessage =>
  assistantSays([
    ...ids.map((id) => ({ type: "tool-call", toolCallId: id, toolName: "remove", input: { path: id } })),
    ...ids.map((id) => ({ type: "tool-approval-request", approvalId: `ask-${id}`, toolCallId: id })),
  ]);
const decide = (id: string, approved: boolean): HandMessage => ({
  type: "tool-approval-response",
  approvalId: `ask-${id}`,
  approved,
});
const result = (id: string, output: HandMessage): HandMessage => ({
  type: "tool-result",
  toolCallId: id,
  toolName: "remove",
  output,
});
const done = (id: string): HandMessage => result(id, { type: "text", value: longText(id, 200) });
const refuse = (id: string): HandMessage => result(id, { type: "execution-denied", reason: "not this one" });
const toolSays = (...content: readonly HandMessage[]): HandMessage => ({ role: "tool", content });

const approvalCases: readonly (readonly [string, readonly HandMessage[], number, string])[] = [
  [
    "approved, its result in the same message and in the next one",
    [
      userSays("remove a"),
      askApproval("a"),
      toolSays(decide("a", true), done("a")),
      assistantSays(longText("removed")),
      userSays("remove b"),
      askApproval("b"),
      toolSays(decide("b", true)),
      toolSays(done("b")),
      assistantSays("It was removed."),
      userSays("go on"),
    ],
    1_000,
    "#0 stub #4 #5 #6 #7 #8 #9",
  ],
  [
    "denied in an old turn and in the newest",
    [
      userSays(longText("remove a")),
      askApproval("a"),
      toolSays(decide("a", false), refuse("a")),
      assistantSays(longText("kept")),
      userSays(longText("remove b")),
      askApproval("b"),
      toolSays(decide("b", false), refuse("b")),
    ],
    400,
    "stub #4 #5 #6",
  ],
  [
    "two approvals in one message, one of them denied",
    [
      userSays("remove both"),
      askApproval("a", "b"),
      toolSays(decide("a", true), decide("b", false), done("a"), refuse("b")),
      assistantSays("One was removed."),
      userSays("remove two more"),
      askApproval("c", "d"),
      toolSays(decide("c", true), decide("d", true), done("c"), done("d")),
    ],
    420,
    "stub #4 #5 #6*",
  ],
];

describe("approvals of the AI SDK", () => {
  test.each(approvalCases)("%s", async (_, messages, budgetTokens, expected) => {
    const sweep = await sweepOf("ai-sdk", messages);
    expect(sweep.flatMap((made) => made.faults)).toEqual([]);
    const { outline, faults } = await windowAt("ai-sdk", messages, budgetTokens);
    expect(faults).toEqual([]);
    expect(outline).toBe(expected);
  });
});

const turns: readonly HandMessage[] = [
  userSays(longText("begin")),
  assistantSays(longText("answer")),
  userSays("the harbour is Bergen"),
  assistantSays(longText("noted")),
  userSays("which harbour?"),
];
const alternateCases = [
  [
    "openai-chat",
    "Mistral's chat with calls",
    [
      { role: "system", content: "You are an agent." },
      userSays(longText("begin")),
      {
        role: "assistant",
        content: "",
        tool_calls: [{ id: "abcdefgh1", type: "function", function: { name: "cat", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "abcdefgh1", name: "cat", content: longText("file", 200) },
      assistantSays("It was read."),
      userSays("now answer"),
    ],
    200,
    "#0 #5*",
  ],
  ["anthropic", "Anthropic's blocks", turns, 160, "#4*"],
  ["ollama", "Ollama's chat", [{ role: "system", content: "Be short." }, ...turns], 160, "#0 #5*"],
] as const;

describe("roles that must alternate", () => {
  test.each(alternateCases)("%s: %s", async (format, _, messages, budgetTokens, expected) => {
    const options = { alternate: true, recallShare: 0.4 };
    const sweep = await sweepOf(format, messages, options);
    expect(sweep.flatMap((made) => made.faults)).toEqual([]);
    const { window, outline, faults } = await windowAt(format, messages, budgetTokens, options);
    expect(faults).toEqual([]);
    expect(outline).toBe(expected);
    expect(window.json.includes("Bergen")).toBe(JSON.stringify(messages).includes("Bergen"));
    const roles = (window.messages as readonly HandMessage[]).map(({ role }) => role);
    expect(roles.filter((role) => role !== "system" && role !== "tool")).toEqual(["user"]);
  });
});
