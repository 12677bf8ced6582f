import { chainKey } from "../../conversation/message/identity.ts";
import type { Conversation, Format, Frame, Message } from "../../conversation/message/message.ts";
import { CallNumbers, makeKeys } from "../../identity/meaning.ts";
import { openFork } from "../fork/fork-thread.ts";
import { resolveHandle } from "../state/resolve-handle.ts";
import { isSameFrame } from "../state/thread-state.ts";
import type { ThreadChange } from "../state/thread-events.ts";
import type { ThreadKeeper } from "../state/thread-keeper.ts";
import { Slices } from "../state/slices.ts";
import { countInSlices } from "./count-in-slices.ts";
import { chainEntries } from "./make-entry.ts";
import type { CountedMessage } from "./make-entry.ts";
import { readInput } from "./read-input.ts";
import type { ConversationInput } from "./read-input.ts";

/** What an append did. `keeper` holds the thread that now ends with the messages: the same one or a fork. */
export interface KeptAppend {
  readonly keeper: ThreadKeeper;
  readonly forked: boolean;
  readonly handles: readonly string[];
  readonly known: number;
  readonly length: number;
}

/** Options of an append, checked. */
export interface CheckedAppendOptions {
  readonly after: string | undefined;
  readonly key: string | undefined;
  readonly time: number | undefined;
  readonly format: Format | undefined;
  readonly hidden: boolean;
}

/**
 * Adds messages at a thread's end, or after an entry: then those that are already there are known, and a thread that went on otherwise
 * is forked. Errors: those of reading, `not-found`, store errors.
 */
export async function appendMessages(
  keeper: ThreadKeeper,
  input: ConversationInput,
  options: CheckedAppendOptions,
): Promise<KeptAppend> {
  const slices = new Slices();
  const previous = keeper.state.entries.at(-1);
  const read = await slices.run(readInput(input, options.format ?? keeper.format, previous));
  const timed = setTimes(read.messages, options.time);
  return keeper.retry(async () => {
    const held = options.key === undefined ? undefined : keeper.state.appends.get(options.key);
    if (held !== undefined) {
      const length = keeper.state.entries.length;
      return { keeper, forked: false, handles: [], known: timed.length, length };
    }
    return appendOnce(keeper, { ...read, messages: timed }, options);
  });
}

/** Gives messages without a time of their own a time. */
export function setTimes(messages: readonly Message[], time: number | undefined): readonly Message[] {
  if (time === undefined) return messages;
  return messages.map((message): Message => ({ ...message, time: message.time ?? time }));
}

async function appendOnce(
  keeper: ThreadKeeper,
  conversation: Conversation,
  options: CheckedAppendOptions,
): Promise<KeptAppend> {
  const { context, state } = keeper;
  const { messages, frame } = conversation;
  const { length } = state.entries;
  const from =
    options.after === undefined
      ? length
      : ((await resolveHandle(context.store, state, options.after)).at(-1) ?? -1) + 1;
  const keys = makeKeys(messages, new CallNumbers(keeper.callsBefore(from)));
  const known = options.after === undefined ? 0 : countKnown(keeper, from, keys);
  const at = from + known;
  const slices = new Slices();
  const counted: CountedMessage[] = [];
  for (const [index, message] of messages.slice(known).entries()) {
    const tokens = await countInSlices(message, context.counter, slices);
    counted.push({ message, key: keys[known + index] ?? "", tokens, hidden: options.hidden });
    await slices.next();
  }
  const place = {
    seq: at,
    parentChain: keeper.chainBefore(at),
    now: context.clock(),
    counterId: context.counter.id,
  };
  const entries = await slices.run(chainEntries(counted, place));
  const isFork = entries.length > 0 && at < length;
  const target = isFork ? await openFork(keeper, { at, entries }) : keeper;
  const changes: ThreadChange[] = [
    ...listFrameChanges(target, frame),
    ...target.listFormatChanges(conversation),
  ];
  // The store takes equal entries in one place for a repeat. Two processes that append the same at the same time mean both: the event
  // has a place of its own, so the later one is refused and tries again.
  if ((options.key !== undefined || options.after === undefined) && entries.length > 0)
    changes.push({ kind: "append", key: options.key ?? "", from: at, count: entries.length });
  if (entries.length > 0) await target.append(entries, messages.slice(known), changes);
  else await target.save(changes);
  return {
    keeper: target,
    forked: isFork,
    handles: entries.map((entry) => `#${entry.seq}`),
    known,
    length: target.state.entries.length,
  };
}

/** Counts the leading messages that the thread already has from a place on. */
function countKnown(keeper: ThreadKeeper, from: number, keys: readonly string[]): number {
  let chain = keeper.chainBefore(from);
  let known = 0;
  for (const key of keys) {
    chain = chainKey(chain, key);
    if (keeper.state.entries.at(from + known)?.chain !== chain) break;
    known++;
  }
  return known;
}

/** Returns the change of the frame's members that are given and differ. */
function listFrameChanges(keeper: ThreadKeeper, frame: Frame): readonly ThreadChange[] {
  const before = keeper.state.frame;
  const next: Frame = {
    system: frame.system ?? before.system,
    tools: frame.tools ?? before.tools,
    responseFormat: frame.responseFormat ?? before.responseFormat,
    toolChoice: frame.toolChoice ?? before.toolChoice,
    editors: frame.editors ?? before.editors,
  };
  return isSameFrame(next, before) ? [] : [{ kind: "frame", frame: { ...before, ...next } }];
}
