import { resultText } from "./turn.ts";
import type { RandomMessage, Steps } from "./turn.ts";
import type { Draw } from "../random.ts";

/** Makes a turn of a text agent: the task, then commands in text, and what they printed as user messages. */
export function makeTextAgentTurn(draw: Draw, _ids: { next: number }, isFirst: boolean): Steps {
  const steps: (readonly RandomMessage[])[] = [
    [
      ...(isFirst ? [{ role: "system", content: "Answer with one command." }] : []),
      { role: "user", content: draw.words(40) },
    ],
  ];
  for (let round = draw.integer(1, 6); round > 0; round--) {
    steps.push(
      [{ role: "assistant", content: `THOUGHT: look\n\n\`\`\`bash\ncat ${draw.words(1)}\n\`\`\`` }],
      [{ role: "user", content: `<returncode>0</returncode>\n<output>\n${resultText(draw)}\n</output>` }],
    );
  }
  steps.push([{ role: "assistant", content: draw.words(10) }]);
  return steps;
}
