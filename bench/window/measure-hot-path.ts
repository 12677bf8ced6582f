/** Run by main.ts in its own process: `measure-hot-path.ts STORE FILE`. Prints the figures of a client that sends its history again. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { alignHistory } from "../../src/window/identity/align-history.ts";
import { openMemory } from "../../src/window/index.ts";
import type { Synced } from "../../src/window/index.ts";
import { exchange, numbersFrom } from "./agent-thread.ts";
import type { ChatMessage } from "./agent-thread.ts";
import { spread, timeWork } from "./timing.ts";

const [kind = "memory", path = ""] = process.argv.slice(2);
const historyMessages = 405;
const linesPerResult = 45;
const turns = 60;
const alignedMessages = 10_000;
const budgetTokens = 250_000;

type Block = Readonly<Record<string, unknown>>;
interface AnthropicMessage {
  readonly role: "user" | "assistant";
  readonly content: string | readonly Block[];
}

function toAnthropic({
  role,
  content,
  tool_calls: calls = [],
  tool_call_id: id,
}: ChatMessage): AnthropicMessage {
  if (role === "tool") return { role: "user", content: [{ type: "tool_result", tool_use_id: id, content }] };
  if (role !== "assistant") return { role: "user", content: [{ type: "text", text: content }] };
  const uses = calls.map((call) => ({
    type: "tool_use",
    id: call.id,
    name: call.function.name,
    input: JSON.parse(call.function.arguments) as unknown,
  }));
  return { role: "assistant", content: [{ type: "text", text: content }, ...uses] };
}

/** Returns a request body as a client sends it: the cache marks are on the last three messages, so they move on each turn. */
function makeBody(messages: readonly AnthropicMessage[]): object {
  const marked = messages.map((message, index) => {
    if (index < messages.length - 3 || typeof message.content === "string") return message;
    const blocks = message.content.map((block) => ({ ...block, cache_control: { type: "ephemeral" } }));
    return { ...message, content: blocks };
  });
  return {
    model: "claude-sonnet-4-5",
    max_tokens: 1_000,
    system: "You are a coding agent.",
    messages: marked,
  };
}

function makeMessages(count: number): readonly AnthropicMessage[] {
  const pick = numbersFrom(3);
  const messages: AnthropicMessage[] = [];
  for (let index = 0; messages.length < count; index++)
    messages.push(...exchange(index, linesPerResult, pick).map(toAnthropic));
  return messages;
}

/** Lets the event loop run. */
const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const messages = makeMessages(historyMessages + 5 * turns);
const memory = await openMemory({
  store: kind === "sqlite" ? { kind, path } : { kind: "memory" },
  model: "gpt-4o",
  prices: "anthropic",
});
// The vocabulary's pattern is compiled with the first text.
await (await memory.thread("warm")).sync(makeBody(messages.slice(-3)));
const thread = await memory.thread("bench");

/** Messages of the larger first sight: a body of about 4 MB. */
const largeMessages = 2_400;
/** How long the event loop is watched doing nothing, which shows what the machine adds. */
const idleMs = 500;

async function measureFirst(id: string, sent: readonly AnthropicMessage[]): Promise<object> {
  const body = new TextEncoder().encode(JSON.stringify(makeBody(sent)));
  const fresh = await memory.thread(id);
  const delay = monitorEventLoopDelay({ resolution: 1 });
  await rest(20);
  delay.enable();
  await rest(idleMs);
  const idleMaxMs = delay.max / 1e6;
  delay.reset();
  const first = await timeWork(async () => {
    const synced = await fresh.sync(body);
    const window = await synced.window({ budgetTokens });
    return { synced, window };
  });
  await first.value.synced.committed;
  await rest(20);
  delay.disable();
  const percentile = (share: number): number => delay.percentile(share) / 1e6;
  return {
    bytes: body.length,
    tokens: first.value.window.tokens,
    firstMs: first.ms,
    loopMs: {
      p50: percentile(50),
      p90: percentile(90),
      p99: percentile(99),
      max: delay.max / 1e6,
      idle: idleMaxMs,
    },
  };
}

async function measureTurns(): Promise<object> {
  const yardstick: number[] = [];
  const bytes: number[] = [];
  const objects: number[] = [];
  const commits: number[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const body = makeBody(messages.slice(0, historyMessages + 2 * (turn + 1)));
    const text = JSON.stringify(body);
    const sent = new TextEncoder().encode(text);
    const isObject = turn % 3 === 2;
    yardstick.push((await timeWork(async () => JSON.stringify(JSON.parse(text)))).ms);
    await rest(2);
    const run = await timeWork(async (): Promise<Synced> => {
      const synced = await thread.sync(isObject ? body : sent);
      await synced.window({ budgetTokens }).then((window) => window.json.length);
      return synced;
    });
    (isObject ? objects : bytes).push(run.ms);
    commits.push((await timeWork(() => run.value.committed)).ms);
    await rest(2);
  }
  return {
    yardstickMs: spread(yardstick),
    bytesMs: spread(bytes),
    objectsMs: spread(objects),
    commitMs: spread(commits),
  };
}

async function measureAlignment(): Promise<number> {
  const entries = Array.from({ length: alignedMessages }, (_, index) => ({
    key: `${index}`.padStart(32, "0"),
    role: index % 2 === 0 ? ("user" as const) : ("assistant" as const),
    hidden: false,
    parts: [{ kind: "text" as const, callId: undefined }],
    meaning: { role: "user" as const, pieces: [] },
  }));
  const stored = { length: entries.length, at: (seq: number) => entries[seq] };
  const timings: number[] = [];
  for (let run = 0; run < 5; run++)
    timings.push((await timeWork(() => alignHistory(entries, stored, async () => undefined))).ms);
  return Math.min(...timings);
}

const first = await measureFirst("bench", messages.slice(0, historyMessages));
const again = await measureTurns();
const alignMs = await measureAlignment();
const large = await measureFirst("large", makeMessages(largeMessages));
await memory.close();
process.stdout.write(`${JSON.stringify({ store: kind, ...first, ...again, alignMs, large })}\n`);
