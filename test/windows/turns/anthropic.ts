import { resultText } from "./turn.ts";
import type { RandomMessage, Steps } from "./turn.ts";
import type { Draw } from "../random.ts";

const reminder = "<system-reminder>The todo list is empty.</system-reminder>";

/** Makes a turn in the format anthropic, valid for its provider. */
export function makeAnthropicTurn(draw: Draw, ids: { next: number }, isFirst: boolean): Steps {
  const hasThinking = draw.chance(0.6);
  const think = (): RandomMessage[] =>
    hasThinking
      ? [
          {
            type: "thinking",
            thinking: draw.words(draw.integer(1, 80)),
            signature: "c2ln".repeat(draw.integer(1, 40)),
          },
        ]
      : [];
  const request = draw.words(draw.integer(1, 60));
  const mark = draw.chance(0.1) ? { cache_control: { type: "ephemeral" } } : {};
  const first: RandomMessage[] = [
    { role: "user", content: draw.chance(0.5) ? request : [{ type: "text", text: request, ...mark }] },
  ];
  if (draw.chance(0.1)) first.push({ role: "system", content: draw.words(10) });
  const steps: (readonly RandomMessage[])[] = [first];
  if (!isFirst && draw.chance(0.05))
    steps.push(
      [{ role: "assistant", content: [{ type: "compaction", content: draw.words(60) }] }],
      [{ role: "user", content: "go on" }],
    );
  const rounds = draw.integer(0, 4);
  for (let round = 0; round < rounds; round++) steps.push(...makeAnthropicRound(draw, ids, think));
  const text = draw.chance(0.3) && hasThinking && rounds > 0 ? "\n\n" : draw.words(draw.integer(1, 40));
  steps.push([{ role: "assistant", content: [...think(), { type: "text", text }] }]);
  return steps;
}

function makeAnthropicRound(draw: Draw, ids: { next: number }, think: () => RandomMessage[]): Steps {
  const said = draw.chance(0.5) ? [{ type: "text", text: draw.pick(["\n\n", draw.words(8)]) }] : [];
  const number = ids.next++;
  if (draw.chance(0.15)) {
    const server = {
      type: "server_tool_use",
      id: `srv${number}`,
      name: "web_search",
      input: { query: draw.words(3) },
    };
    const found = {
      type: "web_search_tool_result",
      tool_use_id: `srv${number}`,
      content: [{ type: "web_search_result", encrypted_content: "eHh4".repeat(60) }],
    };
    return [
      [{ role: "assistant", content: [...think(), server, found, { type: "text", text: draw.words(20) }] }],
      [{ role: "user", content: draw.words(6) }],
    ];
  }
  if (draw.chance(0.15)) return makeProgramRound(draw, number, think);
  const calls = Array.from({ length: draw.integer(1, 3) }, () => ({
    type: "tool_use",
    id: `toolu_${ids.next++}`,
    name: draw.pick(["read", "run"]),
    input: { path: draw.words(1) },
  }));
  const results = calls.map((call) => ({
    type: "tool_result",
    tool_use_id: call.id,
    content: draw.chance(0.5) ? resultText(draw) : [{ type: "text", text: `${resultText(draw)}.` }],
  }));
  const more = draw.chance(0.3) ? [{ type: "text", text: draw.pick([reminder, draw.words(12)]) }] : [];
  return [
    [{ role: "assistant", content: [...think(), ...said, ...calls] }],
    [{ role: "user", content: [...results, ...more] }],
  ];
}

function makeProgramRound(draw: Draw, number: number, think: () => RandomMessage[]): Steps {
  const code = {
    type: "server_tool_use",
    id: `srv${number}`,
    name: "code_execution",
    input: { code: draw.words(20) },
  };
  const caller = { type: "code_execution_20250825", tool_id: `srv${number}` };
  const inner = (index: number): RandomMessage => ({
    type: "tool_use",
    id: `toolu_p${number}_${index}`,
    name: "query",
    input: {},
    caller,
  });
  const result = (index: number): RandomMessage => ({
    role: "user",
    content: [{ type: "tool_result", tool_use_id: `toolu_p${number}_${index}`, content: resultText(draw) }],
  });
  const end = {
    type: "code_execution_tool_result",
    tool_use_id: `srv${number}`,
    content: { type: "code_execution_result", stdout: "5", return_code: 0 },
  };
  return [
    [{ role: "assistant", content: [...think(), code, inner(0)] }],
    [result(0)],
    [{ role: "assistant", content: [inner(1)] }],
    [result(1)],
    [{ role: "assistant", content: [end, { type: "text", text: draw.words(10) }] }],
    [{ role: "user", content: draw.words(5) }],
  ];
}
