import { countPresent, extractArgumentValues } from "../../src/window/replay/argument-values.ts";
import { joinJsonText } from "../../src/window/replay/replay-messages.ts";
import { openMemory } from "../../src/window/index.ts";
import type { TokenCounter } from "../../src/window/index.ts";
import { exchange, numbersFrom } from "./agent-thread.ts";
import type { ChatMessage } from "./agent-thread.ts";
import type { Trimmer } from "./peers.ts";
import { spread, timeWork } from "./timing.ts";
import type { Spread } from "./timing.ts";

/** Figures of one way of filling the window over many calls. */
export interface WindowFigures {
  readonly name: string;
  readonly ms: Spread;
  /** Mean tokens of a window. */
  readonly keptTokens: number;
  /** Share of the calls whose window starts with the entire window of the call before. */
  readonly prefixKept: number;
  /** Of the next call's argument values seen earlier, the share still in the window. */
  readonly argumentsPresent: number;
}

/** A long history, and exchanges that follow it. */
export interface LongHistory {
  readonly history: readonly ChatMessage[];
  readonly following: readonly (readonly ChatMessage[])[];
}

const linesPerResult = 45;
const followingExchanges = 150;

/** Generates a history of about `tokens` tokens, the same on every run. */
export function longHistory(counter: TokenCounter, tokens: number): LongHistory {
  const pick = numbersFrom(3);
  const history: ChatMessage[] = [{ role: "system", content: "You are a coding agent." }];
  let size = 0;
  let index = 0;
  while (size < tokens) {
    const messages = exchange(index, linesPerResult, pick);
    for (const message of messages) size += counter.count(JSON.stringify(message));
    history.push(...messages);
    index++;
  }
  const following = Array.from({ length: followingExchanges }, () => exchange(index++, linesPerResult, pick));
  return { history, following };
}

interface Follower {
  readonly timings: number[];
  kept: number;
  prefixes: number;
  seen: number;
  present: number;
  before: readonly string[];
}

/** A window of one call, with the text before it and the messages after it. */
interface FollowedCall {
  readonly window: readonly string[];
  readonly tokens: number;
  readonly earlier: string;
  readonly next: readonly ChatMessage[];
}

function follow(follower: Follower, { window, tokens, earlier, next }: FollowedCall): void {
  follower.kept += tokens;
  if (follower.before.every((json, index) => window[index] === json)) follower.prefixes++;
  follower.before = window;
  const values = next.flatMap((message) =>
    (message.tool_calls ?? []).flatMap((call) => extractArgumentValues(call.function.arguments)),
  );
  const found = countPresent(values, earlier, window.map(joinJsonText).join("\n"));
  follower.seen += found.seen;
  follower.present += found.present;
}

function newFollower(): Follower {
  return { timings: [], kept: 0, prefixes: 0, seen: 0, present: 0, before: [] };
}

function figures(name: string, follower: Follower, calls: number): WindowFigures {
  return {
    name,
    ms: spread(follower.timings),
    keptTokens: Math.round(follower.kept / calls),
    prefixKept: follower.prefixes / calls,
    argumentsPresent: follower.seen === 0 ? 1 : follower.present / follower.seen,
  };
}

function textOf(messages: readonly ChatMessage[]): string {
  return messages
    .map((message) => `${message.content ?? ""} ${JSON.stringify(message.tool_calls ?? "")}`)
    .join("\n");
}

/** Measures Loadline's windows: SQLite in a file, one exchange appended between windows, messages read. */
export async function measureLoadline(
  long: LongHistory,
  budgetTokens: number,
  path: string,
): Promise<{
  readonly all: WindowFigures;
  readonly unedited: Spread;
  readonly edited: Spread;
  readonly firstMs: number;
}> {
  const memory = await openMemory({ store: { kind: "sqlite", path }, model: "gpt-4o", prices: "anthropic" });
  const thread = await memory.thread("bench");
  await thread.append(long.history);
  // The first window of a history appended at once is one deep edit, reported separately.
  const first = await timeWork(
    async () => (await thread.window({ budgetTokens, cache: "warm" })).messages.length,
  );
  const follower = newFollower();
  const edited: number[] = [];
  const unedited: number[] = [];
  let length = long.history.length;
  let earlier = textOf(long.history);
  for (const [index, messages] of long.following.entries()) {
    await thread.append(messages, { after: `#${length - 1}` });
    length += messages.length;
    earlier += textOf(messages);
    const { value: window, ms } = await timeWork(async () => {
      const made = await thread.window({ budgetTokens, cache: "warm" });
      // Parses the messages, which the window does lazily.
      return made.messages.length > 0 ? made : made;
    });
    follower.timings.push(ms);
    (window.edits.length > 0 ? edited : unedited).push(ms);
    follow(follower, {
      window: window.parts.map((part) => part.json),
      tokens: window.tokens,
      earlier,
      next: long.following[index + 1] ?? [],
    });
  }
  await memory.close();
  return {
    all: figures("loadline", follower, long.following.length),
    unedited: spread(unedited),
    edited: spread(edited),
    firstMs: first.ms,
  };
}

/** Measures a peer's windows over the same calls. */
export async function measurePeer(
  long: LongHistory,
  budgetTokens: number,
  peer: Trimmer,
  counter: TokenCounter,
): Promise<WindowFigures> {
  const follower = newFollower();
  const messages = [...long.history];
  let earlier = textOf(messages);
  const calls = long.following.slice(0, peer.calls);
  for (const [index, exchanged] of calls.entries()) {
    messages.push(...exchanged);
    earlier += textOf(exchanged);
    const given = peer.prepare(messages);
    const { value, ms } = await timeWork(() => peer.trim(given, budgetTokens));
    follower.timings.push(ms);
    const window = value.map((message) => JSON.stringify(message));
    const tokens = window.reduce((sum, json) => sum + counter.count(json), 0);
    follow(follower, { window, tokens, earlier, next: long.following[index + 1] ?? [] });
  }
  return figures(peer.name, follower, calls.length);
}
