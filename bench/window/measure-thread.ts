/** Run by main.ts in its own process, so that memory and cold opens are measured per size: `measure-thread.ts MODE ENTRIES FILE`. */
import { openMemory } from "../../src/window/index.ts";
import { exchange, numbersFrom } from "./agent-thread.ts";
import type { ChatMessage } from "./agent-thread.ts";
import { spread, timeWork } from "./timing.ts";

const [mode = "fill", entriesText = "1000", path = ""] = process.argv.slice(2);
const entries = Number(entriesText);
const singleAppends = 200;
const batchEntries = 64;
const recallQueries = 40;

async function fill(): Promise<object> {
  const memory = await openMemory({ store: { kind: "sqlite", path }, model: "gpt-4o", prices: "anthropic" });
  const thread = await memory.thread("bench");
  const pick = numbersFrom(7);
  let index = 0;
  const progress = { written: 0 };
  // Entries of typical length: about 60 tokens.
  const next = (): readonly ChatMessage[] => exchange(index++, 1, pick);
  const append = async (messages: readonly ChatMessage[]): Promise<void> => {
    await thread.append(messages, progress.written === 0 ? {} : { after: `#${progress.written - 1}` });
    progress.written += messages.length;
  };
  const single: number[] = [];
  while (single.length < singleAppends && progress.written < entries) {
    for (const message of next()) single.push((await timeWork(() => append([message]))).ms);
  }
  const start = performance.now();
  const before = progress.written;
  while (progress.written < entries) {
    const messages: ChatMessage[] = [];
    while (messages.length < batchEntries) messages.push(...next());
    await append(messages);
  }
  const batchedMs = performance.now() - start;
  const recall: number[] = [];
  for (let query = 0; query < recallQueries; query++) {
    const text = `what was said of ticket LD-${1000 + 8 * pick(Math.max(1, index / 8))} and the ${["parser", "ledger", "socket"][query % 3]}?`;
    recall.push((await timeWork(() => thread.recall(text, { budgetTokens: 2_000 }))).ms);
  }
  const rssMb = process.memoryUsage().rss / 1e6;
  await memory.close();
  return {
    entries: progress.written,
    singleAppendsPerSecond: 1000 / (single.reduce((sum, ms) => sum + ms, 0) / single.length),
    batchedAppendsPerSecond:
      progress.written === before ? undefined : (1000 * (progress.written - before)) / batchedMs,
    firstRecallMs: recall[0],
    recallMs: spread(recall.slice(1)),
    rssMb,
  };
}

async function openCold(): Promise<object> {
  const opened = await timeWork(async () => {
    const memory = await openMemory({
      store: { kind: "sqlite", path },
      model: "gpt-4o",
      prices: "anthropic",
    });
    return { memory, thread: await memory.thread("bench") };
  });
  const { memory, thread } = opened.value;
  const first = await timeWork(() => thread.window({ budgetTokens: 100_000 }));
  const second = await timeWork(() => thread.window({ budgetTokens: 100_000 }));
  await memory.close();
  return {
    coldOpenMs: opened.ms,
    firstWindowMs: first.ms,
    firstWindowEdits: first.value.edits.length,
    nextWindowMs: second.ms,
  };
}

process.stdout.write(`${JSON.stringify(mode === "fill" ? await fill() : await openCold())}\n`);
