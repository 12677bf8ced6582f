import { resultText } from "./turn.ts";
import type { RandomMessage, Steps } from "./turn.ts";
import type { Draw } from "../random.ts";

const picture = { inlineData: { mimeType: "image/png", data: "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAUCAYAAAA=" } };

/** Makes a turn of Gemini's contents: with and without ids, thoughts, signatures and media in responses. */
export function makeGeminiTurn(draw: Draw, ids: { next: number }): Steps {
  const hasIds = draw.chance(0.4);
  const isSigned = draw.chance(0.6);
  const sign = (): RandomMessage =>
    isSigned ? { thoughtSignature: "c2ln".repeat(draw.integer(1, 40)) } : {};
  const think = (): RandomMessage[] =>
    draw.chance(0.5) ? [{ text: draw.words(draw.integer(1, 60)), thought: true }] : [];
  const steps: (readonly RandomMessage[])[] = [
    [{ role: "user", parts: [{ text: draw.words(draw.integer(1, 60)) }] }],
  ];
  for (let round = draw.integer(0, 4); round > 0; round--) {
    const calls = Array.from({ length: draw.integer(1, 3) }, () => ({
      ...(hasIds ? { id: `call_${ids.next++}` } : {}),
      name: draw.pick(["read", "run"]),
    }));
    const parts = calls.map((call, index) => ({
      functionCall: { ...call, args: { path: draw.words(1) } },
      ...(index === 0 ? sign() : {}),
    }));
    const responses = calls.map((call) => ({
      functionResponse: {
        ...call,
        response: draw.pick([{ output: resultText(draw) }, { status: 0, out: resultText(draw) }]),
        ...(draw.chance(0.1) ? { parts: [picture] } : {}),
      },
    }));
    const more = draw.chance(0.15) ? [{ text: draw.words(12) }] : [];
    steps.push(
      [{ role: "model", parts: [...think(), ...parts] }],
      [{ role: "user", parts: [...responses, ...more] }],
    );
  }
  const text = draw.words(draw.integer(1, 40));
  steps.push([{ role: "model", parts: [...think(), { text, ...(draw.chance(0.3) ? sign() : {}) }] }]);
  return steps;
}
