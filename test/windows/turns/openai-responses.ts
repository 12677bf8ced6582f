import { resultText } from "./turn.ts";
import type { RandomMessage, Steps } from "./turn.ts";
import type { Draw } from "../random.ts";

/** Makes a turn in the format openai-responses, valid for its provider. */
export function makeResponsesTurn(draw: Draw, ids: { next: number }, isFirst: boolean): Steps {
  const hasIds = draw.chance(0.8);
  const id = (prefix: string): RandomMessage => (hasIds ? { id: `${prefix}_${ids.next++}` } : {});
  const hasReasoning = draw.chance(0.7);
  const think = (): RandomMessage[] =>
    hasReasoning
      ? [
          {
            type: "reasoning",
            ...id("rs"),
            summary: [{ type: "summary_text", text: draw.words(20) }],
            encrypted_content: "Z0FB".repeat(draw.integer(5, 100)),
          },
        ]
      : [];
  const steps: (readonly RandomMessage[])[] = [[{ role: "user", content: draw.words(draw.integer(1, 60)) }]];
  if (!isFirst && draw.chance(0.08))
    steps.push([{ type: "compaction", ...id("cmp"), encrypted_content: "Z0FB".repeat(80) }]);
  for (let round = draw.integer(0, 4); round > 0; round--) {
    if (draw.chance(0.15)) {
      steps.push([
        ...think(),
        {
          type: "web_search_call",
          ...id("ws"),
          status: "completed",
          action: { type: "search", query: draw.words(3) },
        },
      ]);
      continue;
    }
    const calls = Array.from({ length: draw.integer(1, 3) }, () => ({
      type: "function_call",
      ...id("fc"),
      call_id: `call_${ids.next++}`,
      name: draw.pick(["read", "run"]),
      arguments: JSON.stringify({ path: draw.words(1) }),
    }));
    steps.push(
      [...think(), ...calls],
      calls.map((call) => ({
        type: "function_call_output",
        call_id: call.call_id,
        output: resultText(draw),
      })),
    );
  }
  const text = [{ type: "output_text", text: draw.words(draw.integer(1, 40)), annotations: [] }];
  steps.push([
    ...think(),
    { type: "message", role: "assistant", ...id("msg"), status: "completed", content: text },
  ]);
  return steps;
}
