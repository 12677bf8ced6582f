import { cachePrices, readConversation, replay } from "../../window/index.ts";
import type { Replay } from "../../window/index.ts";

/** Text that would take over a page which does not escape it. */
export const hostile = `</title></style><script>document.title="taken"</script><img src=x onerror="document.title='taken'">&"'`;

const characters = { id: "characters", exact: true, count: (text: string): number => text.length };

/** Returns a real replay of an agent's run with this many calls, whose tool has a hostile name. */
export async function replayOf(calls: number): Promise<Replay> {
  const messages: object[] = [{ role: "user", content: "go" }];
  for (let index = 0; index < calls; index++) {
    const id = `c${index}`;
    messages.push({
      role: "assistant",
      content: null,
      tool_calls: [{ id, type: "function", function: { name: hostile, arguments: "{}" } }],
    });
    messages.push({ role: "tool", tool_call_id: id, content: `${hostile} ${"x".repeat(300)}` });
  }
  return replay(readConversation(JSON.stringify(messages)), {
    budgetTokens: 4_000,
    prices: cachePrices("anthropic"),
    counter: characters,
  });
}
