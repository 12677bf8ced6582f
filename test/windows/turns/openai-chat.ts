import { resultText } from "./turn.ts";
import type { RandomMessage, Steps } from "./turn.ts";
import type { Draw } from "../random.ts";

/** Makes a turn in the format openai-chat, valid for its provider. */
export function makeChatTurn(draw: Draw, ids: { next: number }, isFirst: boolean): Steps {
  const hasReasoning = draw.chance(0.5);
  const think = (): RandomMessage =>
    hasReasoning ? { reasoning_content: draw.words(draw.integer(1, 60)) } : {};
  const first: RandomMessage[] =
    isFirst && draw.chance(0.8) ? [{ role: "system", content: draw.words(20) }] : [];
  if (!isFirst && draw.chance(0.15)) first.push({ role: "system", content: draw.words(30) });
  first.push({ role: "user", content: draw.words(draw.integer(1, 60)) });
  const steps: (readonly RandomMessage[])[] = [first];
  for (let round = draw.integer(0, 4); round > 0; round--) {
    const calls = Array.from({ length: draw.integer(1, 3) }, () => ({
      id: `call_${ids.next++}`,
      type: "function",
      function: { name: draw.pick(["read", "run"]), arguments: JSON.stringify({ path: draw.words(1) }) },
    }));
    steps.push(
      [
        {
          role: "assistant",
          content: draw.pick([null, "", "\n", draw.words(9)]),
          ...think(),
          tool_calls: calls,
        },
      ],
      calls.map((call) => ({ role: "tool", tool_call_id: call.id, content: resultText(draw) })),
    );
  }
  steps.push([{ role: "assistant", content: draw.words(draw.integer(1, 40)), ...think() }]);
  return steps;
}
