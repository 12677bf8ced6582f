import type { Window } from "../assemble/assemble-window.ts";
import type { Format } from "../conversation/message/message.ts";
import { findRuleFaults } from "../rules/find-rule-faults.ts";
import { openMemory } from "./open-memory.ts";
import { findLeastBudget, handlesOf, words } from "./stuck.fixture.ts";
import type { WindowOptions } from "./window-options.ts";

/** A message of any client. */
export type HandMessage = Readonly<Record<string, unknown>>;

/** A window with what is checked of it. */
export interface CheckedWindow {
  readonly window: Window;
  /** What each message is: its handle or the kind of our own, edited ones with an asterisk. */
  readonly outline: string;
  /** The faults that the input does not have. */
  readonly faults: readonly string[];
}

/** Makes the windows of a new thread, one thread for each budget. */
export async function windowsOf(
  format: Format,
  messages: readonly HandMessage[],
  budgets: readonly number[],
  options: Omit<WindowOptions, "budgetTokens"> = {},
): Promise<readonly CheckedWindow[]> {
  const { alternate = false } = options;
  const known = new Set(listFaults(format, messages, messages, alternate));
  const made: CheckedWindow[] = [];
  for (const budgetTokens of budgets) {
    // oxlint-disable-next-line no-await-in-loop -- The windows are made in their order.
    const window = await makeWindow(format, messages, { ...options, budgetTokens });
    const over = window.tokens > budgetTokens ? [`${window.tokens} of ${budgetTokens} tokens`] : [];
    const found = listFaults(format, window.messages, messages, alternate);
    const fresh = found.filter((fault) => !known.has(fault));
    const faults = [...fresh, ...over].map((fault) => `${budgetTokens}: ${fault}`);
    made.push({ window, outline: handlesOf(window), faults });
  }
  return made;
}

/** Makes the window of a new thread at one budget. */
export async function windowAt(
  format: Format,
  messages: readonly HandMessage[],
  budgetTokens: number,
  options: Omit<WindowOptions, "budgetTokens"> = {},
): Promise<CheckedWindow> {
  const [made] = await windowsOf(format, messages, [budgetTokens], options);
  if (made === undefined) throw new Error("no window was made");
  return made;
}

/** Makes the windows at eight budgets from the least to the whole history's size. */
export async function sweepOf(
  format: Format,
  messages: readonly HandMessage[],
  options: Omit<WindowOptions, "budgetTokens"> = {},
): Promise<readonly CheckedWindow[]> {
  const memory = await openMemory({ model: "gpt-4o" });
  const thread = await memory.thread("t", { format });
  await thread.append(messages);
  const least = await findLeastBudget(thread);
  const { tokens } = await thread.window({ budgetTokens: 1_000_000 });
  await memory.close();
  const budgets = Array.from({ length: 8 }, (_, step) => Math.ceil(least + ((tokens - least) * step) / 7));
  return windowsOf(format, messages, budgets, options);
}

/** Makes a window that stays nearly full, so that edits cut turns in their middle. */
async function makeWindow(
  format: Format,
  messages: readonly HandMessage[],
  options: WindowOptions,
): Promise<Window> {
  const memory = await openMemory({ model: "gpt-4o", clock: () => 1_700_000_000_000 });
  const thread = await memory.thread("t", { format });
  await thread.append(messages);
  const window = await thread.window({ overflow: "error", lowWater: 0.95, ...options });
  await memory.close();
  return window;
}

function listFaults(
  format: Format,
  messages: readonly unknown[],
  history: readonly unknown[],
  alternate: boolean,
): readonly string[] {
  return findRuleFaults(format, messages, { history, alternate }).map(
    ({ rule, detail }) => `${rule} ${detail}`,
  );
}

/** Makes a user message of a text. */
export const userSays = (text: string): HandMessage => ({ role: "user", content: text });
/** Makes an assistant message of a text, or of blocks. */
export const assistantSays = (content: string | readonly HandMessage[]): HandMessage => ({
  role: "assistant",
  content,
});
/** Makes a text of a number of words that begins with a name. */
export const longText = (name: string, count = 120): string => `${name} ${words(count, name.length)}`;
