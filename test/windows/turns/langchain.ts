import { resultText } from "./turn.ts";
import type { RandomMessage, Steps } from "./turn.ts";
import type { Draw } from "../random.ts";

const classes: Readonly<Record<string, string>> = {
  system: "SystemMessage",
  human: "HumanMessage",
  ai: "AIMessage",
  tool: "ToolMessage",
};

type WriteForm = (type: string, facts: RandomMessage) => RandomMessage;

/** The three forms of LangChain's messages. */
const forms: Readonly<Record<"data" | "flat" | "constructor", WriteForm>> = {
  data: (type, data) => ({ type, data }),
  flat: (type, facts) => ({ type, ...facts }),
  constructor: (type, kwargs) => ({
    lc: 1,
    type: "constructor",
    id: ["langchain_core", "messages", classes[type]],
    kwargs,
  }),
};

/** Returns the maker of turns in one form. */
export function makeLangChainTurns(
  form: keyof typeof forms,
): (draw: Draw, ids: { next: number }, isFirst: boolean) => Steps {
  const write = forms[form];
  return (draw, ids, isFirst) => {
    const hasReasoning = draw.chance(0.3);
    const think = (): RandomMessage =>
      hasReasoning ? { additional_kwargs: { reasoning_content: draw.words(30) } } : { additional_kwargs: {} };
    const first: RandomMessage[] =
      isFirst && draw.chance(0.5) ? [write("system", { content: draw.words(20) })] : [];
    first.push(write("human", { content: draw.words(draw.integer(1, 60)) }));
    const steps: (readonly RandomMessage[])[] = [first];
    for (let round = draw.integer(0, 4); round > 0; round--) {
      const calls = Array.from({ length: draw.integer(1, 3) }, () => ({
        name: draw.pick(["read", "run"]),
        args: { path: draw.words(1) },
        id: `call_${ids.next++}`,
        type: "tool_call",
      }));
      steps.push(
        [write("ai", { content: draw.pick(["", draw.words(9)]), ...think(), tool_calls: calls })],
        calls.map((call) =>
          write("tool", { content: resultText(draw), tool_call_id: call.id, name: call.name }),
        ),
      );
    }
    steps.push([write("ai", { content: draw.words(draw.integer(1, 40)), ...think(), tool_calls: [] })]);
    return steps;
  };
}
