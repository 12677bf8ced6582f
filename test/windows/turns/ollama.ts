import { resultText } from "./turn.ts";
import type { RandomMessage, Steps } from "./turn.ts";
import type { Draw } from "../random.ts";

/** Makes a turn of Ollama's chat messages: calls and results without ids. */
export function makeOllamaTurn(draw: Draw, _ids: { next: number }, isFirst: boolean): Steps {
  const think = (): RandomMessage => (draw.chance(0.5) ? { thinking: draw.words(draw.integer(1, 60)) } : {});
  const first: RandomMessage[] =
    isFirst && draw.chance(0.8) ? [{ role: "system", content: draw.words(20) }] : [];
  const images = draw.chance(0.1) ? { images: ["iVBORw0KGgoAAAANSUhEUgAAAAoAAAAUCAYAAAA="] } : {};
  first.push({ role: "user", content: draw.words(draw.integer(1, 60)), ...images });
  const steps: (readonly RandomMessage[])[] = [first];
  for (let round = draw.integer(0, 4); round > 0; round--) {
    const names = Array.from({ length: draw.integer(1, 3) }, () => draw.pick(["read", "run"]));
    const calls = names.map((name) => ({ function: { name, arguments: { path: draw.words(1) } } }));
    steps.push(
      [{ role: "assistant", content: draw.pick(["", draw.words(9)]), ...think(), tool_calls: calls }],
      names.map((name) => ({ role: "tool", tool_name: name, content: resultText(draw) })),
    );
  }
  steps.push([{ role: "assistant", content: draw.words(draw.integer(1, 40)), ...think() }]);
  return steps;
}
