import { cl100kCounter, openMemory, readConversation } from "../../src/window/index.ts";
import type { ProgramFiles } from "./program-files.ts";

/** Keeps a conversation of a coding agent under three budgets, recalls from it, explains and counts it. */
export async function run(files: ProgramFiles): Promise<unknown> {
  const text = new TextDecoder().decode(await files.read("conversation.jsonl"));
  let now = 1_750_000_000_000;
  const memory = await openMemory({ store: { kind: "memory" }, model: "gpt-5", clock: () => now });
  const thread = await memory.thread("bundle");
  const conversation = readConversation(text);
  const windows: unknown[] = [];
  for (const budgetTokens of [1_000_000, 12_000, 6_000]) {
    now += 60_000;
    await thread.append(text);
    const { json, tokens, parts, edits, ledger, recalled } = await thread.window({
      budgetTokens,
      recallShare: 0.2,
      overflow: "minimum",
    });
    windows.push({ json, tokens, parts: parts.length, edits, ledger, recalled });
  }
  const { items } = await thread.recall("Where is the table of error codes?", { budgetTokens: 2_000 });
  const image = `{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,${png}"}}]}`;
  const [picture] = readConversation(`[${image}]`).messages;
  const counter = await cl100kCounter();
  await memory.close();
  return {
    windows,
    recalled: items,
    messages: conversation.messages.length,
    image: picture?.parts[0]?.image,
    tokens: counter.count("é 漢字 <|endoftext|> ".repeat(100)),
  };
}

/** The start of a PNG of 300 by 200 pixels. */
const png = "iVBORw0KGgoAAAANSUhEUgAAASwAAADICAYAAABS39xVAAAA";
