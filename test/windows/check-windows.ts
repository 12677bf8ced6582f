import { openMemory } from "../../src/window/index.ts";
import type { Thread, Window, WindowOptions } from "../../src/window/index.ts";
import { findRuleFaults } from "../../src/window/rules/find-rule-faults.ts";
import { conversationKinds, makeConversation } from "./conversations.ts";
import type { RandomConversation } from "./conversations.ts";
import type { RandomMessage } from "./turns/turn.ts";
import { drawFrom } from "./random.ts";
import type { Draw } from "./random.ts";

/** What a run of random windows found. */
export interface WindowRun {
  readonly windows: number;
  readonly byKind: ReadonlyMap<string, number>;
  /** One line per fault, with the seed that shows it again. */
  readonly faults: readonly string[];
}

const maxTurns = 7;

/**
 * Makes conversations of all formats at random, with windows under random budgets and options before each answer, until `count`
 * windows are made. A fault is a rule broken by a window more often than by the history it was made from, or a budget exceeded.
 */
export async function checkWindows(count: number, seed: number): Promise<WindowRun> {
  const faults: string[] = [];
  const byKind = new Map<string, number>();
  let windows = 0;
  for (let run = 0; windows < count; run++) {
    for (const kind of conversationKinds) {
      const made = await checkConversation(kind, seed + run, faults);
      windows += made;
      byKind.set(kind, (byKind.get(kind) ?? 0) + made);
    }
  }
  return { windows, byKind, faults };
}

/** Checks the windows of one conversation; adds what it finds to `faults`. Returns the number of windows. */
export async function checkConversation(kind: string, seed: number, faults: string[]): Promise<number> {
  const draw = drawFrom(seed);
  const conversation = makeConversation(kind, draw, maxTurns);
  const budgetTokens = draw.integer(30, draw.pick([300, 2_500]));
  let now = 1_700_000_000_000;
  const memory = await openMemory({ model: "gpt-4o", prices: "anthropic", clock: () => now });
  const thread = await memory.thread("t");
  const history: RandomMessage[] = [];
  let windows = 0;
  for (const step of conversation.steps) {
    now += draw.chance(0.1) ? 600_000 : 1_000;
    const options = drawOptions(draw, budgetTokens, conversation.alternate);
    if (history.length > 0 && !isUser(step[0])) {
      const window = await thread.window(options);
      windows++;
      for (const fault of findFaults(conversation, history, window))
        faults.push(`${kind} seed ${seed} window ${windows} at ${window.budgetTokens}: ${fault}`);
    }
    await append(thread, conversation, step, history.length);
    history.push(...step);
    await disturb(draw, thread, history.length);
  }
  await memory.close();
  return windows;
}

/** Returns what speaks, in LangChain's serialized constructors too. */
function readSpeaker(message: RandomMessage | undefined): unknown {
  const id = message?.["id"];
  const type = Array.isArray(id) ? id.at(-1) : message?.["type"];
  return message?.["role"] ?? type;
}

const models: ReadonlySet<unknown> = new Set([
  "assistant",
  "model",
  "ai",
  "AIMessage",
  "reasoning",
  "function_call",
  "hosted_tool_call",
]);
const people: ReadonlySet<unknown> = new Set(["user", "human", "HumanMessage"]);

function isUser(message: RandomMessage | undefined): boolean {
  return !models.has(readSpeaker(message));
}

async function append(
  thread: Thread,
  { format }: RandomConversation,
  step: readonly RandomMessage[],
  length: number,
): Promise<void> {
  const key = { "openai-responses": "input", gemini: "contents" }[format as string] ?? "messages";
  const body = { [key]: step };
  const extra = format === "anthropic" ? { system: "s", max_tokens: 1, model: "claude-x" } : {};
  await thread.append({ ...body, ...extra }, length === 0 ? {} : { after: `#${length - 1}` });
}

/** Pins, unpins or undoes at random, as people do. */
async function disturb(draw: Draw, thread: Thread, length: number): Promise<void> {
  if (draw.chance(0.05)) await thread.pin(`#${draw.integer(0, length - 1)}`);
  if (draw.chance(0.05)) await thread.unpin(`#${draw.integer(0, length - 1)}`);
  const edits = await thread.edits();
  if (edits.length === 0 || !draw.chance(0.05)) return;
  const edit = draw.pick(edits);
  if (!edit.undone) await thread.undo(edit.number);
}

function drawOptions(draw: Draw, budgetTokens: number, alternate: boolean): WindowOptions {
  return {
    budgetTokens: draw.chance(0.1) ? draw.integer(30, 3_000) : budgetTokens,
    overflow: "minimum",
    protectTail: draw.pick([1, 1, 2, 3]),
    recallShare: draw.pick([0.1, 0.3, 0]),
    lowWater: draw.pick([0.4, 0.8]),
    cache: draw.pick(["auto", "auto", "cold"]),
    alternate,
  };
}

function countByRule(faults: ReturnType<typeof findRuleFaults>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { rule } of faults) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return counts;
}

/** Rules that a window keeps even if its history does not. */
const pairRules =
  /\/(call-answered|result-has-call|response-has-call|results-match|responses-match|output-has-call|one-result|one-output)$/;

function findFaults(
  { format, alternate, isBroken }: RandomConversation,
  history: readonly RandomMessage[],
  window: Window,
): readonly string[] {
  const found = findRuleFaults(format, window.messages, { history, alternate });
  const own = findRuleFaults(format, history, { history, alternate });
  // Results whose calls are all in the provider's store: they are sent as they are.
  if (
    isBroken &&
    history.every((_, index) => own.some(({ message, rule }) => message === index && pairRules.test(rule)))
  )
    return [];
  const before = countByRule(own);
  const isFresh = ([rule, number]: readonly [string, number]): boolean =>
    isBroken ? pairRules.test(rule) : number > (before.get(rule) ?? 0);
  const broken = [...countByRule(found)].filter(isFresh).map(([rule]) => {
    const first = found.find((fault) => fault.rule === rule);
    return `${rule}: message ${first?.message ?? "?"}: ${first?.detail ?? ""}`;
  });
  const isOver = !window.overBudget && window.tokens > window.budgetTokens;
  return [
    ...broken,
    ...(isOver ? [`${window.tokens} tokens under a budget of ${window.budgetTokens}`] : []),
    ...(isBroken || holdsUser(window.messages) ? [] : ["no user message"]),
  ];
}

function holdsUser(messages: readonly unknown[]): boolean {
  return messages.some((message) => people.has(readSpeaker(message as RandomMessage)));
}
