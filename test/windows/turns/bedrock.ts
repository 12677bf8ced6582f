import { resultText } from "./turn.ts";
import type { RandomMessage, Steps } from "./turn.ts";
import type { Draw } from "../random.ts";

/** Makes a turn of Bedrock's Converse messages, with reasoning and marks of the cache. */
export function makeBedrockTurn(draw: Draw, ids: { next: number }): Steps {
  const hasReasoning = draw.chance(0.5);
  const think = (): RandomMessage[] =>
    hasReasoning
      ? [
          {
            reasoningContent: {
              reasoningText: { text: draw.words(draw.integer(1, 60)), signature: `c2ln${ids.next++}` },
            },
          },
        ]
      : [];
  const mark = (): RandomMessage[] => (draw.chance(0.15) ? [{ cachePoint: { type: "default" } }] : []);
  const steps: (readonly RandomMessage[])[] = [
    [{ role: "user", content: [{ text: draw.words(draw.integer(1, 60)) }, ...mark()] }],
  ];
  for (let round = draw.integer(0, 4); round > 0; round--) {
    const calls = Array.from({ length: draw.integer(1, 3) }, () => ({
      toolUse: {
        toolUseId: `tooluse_${ids.next++}`,
        name: draw.pick(["read", "run"]),
        input: { path: draw.words(1) },
      },
    }));
    const results = calls.map(({ toolUse }) => ({
      toolResult: {
        toolUseId: toolUse.toolUseId,
        content: draw.pick([[{ text: `${resultText(draw)}.` }], [{ json: { out: resultText(draw) } }]]),
        status: "success",
      },
    }));
    const more = draw.chance(0.15) ? [{ text: draw.words(12) }] : [];
    const said = draw.chance(0.4) ? [{ text: draw.words(8) }] : [];
    steps.push(
      [{ role: "assistant", content: [...think(), ...said, ...calls] }],
      [{ role: "user", content: [...results, ...more, ...mark()] }],
    );
  }
  steps.push([{ role: "assistant", content: [...think(), { text: draw.words(draw.integer(1, 40)) }] }]);
  return steps;
}
