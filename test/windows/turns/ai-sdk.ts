import { resultText } from "./turn.ts";
import type { RandomMessage, Steps } from "./turn.ts";
import type { Draw } from "../random.ts";

/** Makes a turn in the format ai-sdk, valid for its provider. */
export function makeSdkTurn(draw: Draw, ids: { next: number }, isFirst: boolean): Steps {
  const hasReasoning = draw.chance(0.5);
  const think = (): RandomMessage[] =>
    hasReasoning
      ? [
          {
            type: "reasoning",
            text: draw.words(30),
            providerOptions: { anthropic: { signature: "c2ln".repeat(20) } },
          },
        ]
      : [];
  const first: RandomMessage[] =
    isFirst && draw.chance(0.5) ? [{ role: "system", content: draw.words(20) }] : [];
  first.push({ role: "user", content: [{ type: "text", text: draw.words(draw.integer(1, 60)) }] });
  const steps: (readonly RandomMessage[])[] = [first];
  for (let round = draw.integer(0, 4); round > 0; round--) steps.push(...makeSdkRound(draw, ids, think));
  steps.push([
    { role: "assistant", content: [...think(), { type: "text", text: draw.words(draw.integer(1, 40)) }] },
  ]);
  return steps;
}

function makeSdkRound(draw: Draw, ids: { next: number }, think: () => RandomMessage[]): Steps {
  const toolCallId = `c${ids.next++}`;
  const call = { type: "tool-call", toolCallId, toolName: "run", input: { path: draw.words(1) } };
  const result = {
    type: "tool-result",
    toolCallId,
    toolName: "run",
    output: { type: "text", value: resultText(draw) },
  };
  const said = draw.chance(0.5) ? [{ type: "text", text: draw.words(8) }] : [];
  if (draw.chance(0.2)) {
    return [
      [
        {
          role: "assistant",
          content: [
            ...think(),
            { ...call, providerExecuted: true },
            result,
            { type: "text", text: draw.words(6) },
          ],
        },
      ],
      [{ role: "user", content: draw.words(4) }],
    ];
  }
  if (draw.chance(0.35)) {
    const approvalId = `ap${toolCallId}`;
    return [
      [
        {
          role: "assistant",
          content: [...think(), ...said, call, { type: "tool-approval-request", approvalId, toolCallId }],
        },
      ],
      [
        { role: "tool", content: [{ type: "tool-approval-response", approvalId, approved: true }] },
        { role: "tool", content: [result] },
      ],
    ];
  }
  return [
    [{ role: "assistant", content: [...think(), ...said, call] }],
    [{ role: "tool", content: [result] }],
  ];
}
