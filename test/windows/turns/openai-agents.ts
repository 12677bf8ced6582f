import { resultText } from "./turn.ts";
import type { RandomMessage, Steps } from "./turn.ts";
import type { Draw } from "../random.ts";

/** Makes a turn of items of `@openai/agents`, with reasoning and calls that the provider runs. */
export function makeAgentsTurn(draw: Draw, ids: { next: number }): Steps {
  const hasIds = draw.chance(0.7);
  const id = (prefix: string): RandomMessage => (hasIds ? { id: `${prefix}_${ids.next++}` } : {});
  const hasReasoning = draw.chance(0.6);
  const think = (): RandomMessage[] =>
    hasReasoning
      ? [
          {
            type: "reasoning",
            ...id("rs"),
            content: draw.chance(0.5) ? [{ type: "input_text", text: draw.words(20) }] : [],
            providerData: { encryptedContent: "Z0FB".repeat(draw.integer(5, 100)) },
          },
        ]
      : [];
  const steps: (readonly RandomMessage[])[] = [
    [{ type: "message", role: "user", content: draw.words(draw.integer(1, 60)) }],
  ];
  for (let round = draw.integer(0, 4); round > 0; round--) {
    if (draw.chance(0.15)) {
      steps.push([
        ...think(),
        { type: "hosted_tool_call", ...id("ws"), name: "web_search_call", output: draw.words(30) },
      ]);
      continue;
    }
    const calls = Array.from({ length: draw.integer(1, 3) }, () => ({
      type: "function_call",
      ...id("fc"),
      callId: `call_${ids.next++}`,
      name: draw.pick(["read", "run"]),
      arguments: JSON.stringify({ path: draw.words(1) }),
    }));
    steps.push(
      [...think(), ...calls],
      calls.map((call) => ({
        type: "function_call_result",
        callId: call.callId,
        name: call.name,
        status: "completed",
        output: draw.pick([resultText(draw), { type: "text", text: resultText(draw) }]),
      })),
    );
  }
  const content = [{ type: "output_text", text: draw.words(draw.integer(1, 40)) }];
  steps.push([
    ...think(),
    { type: "message", role: "assistant", ...id("msg"), status: "completed", content },
  ]);
  return steps;
}
