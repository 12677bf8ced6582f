import type { Format, Frame, Message } from "../../conversation/message/message.ts";
import { resolveHandle } from "../state/resolve-handle.ts";
import { selectSharedChanges } from "../state/thread-history.ts";
import { makeFrameKey } from "../state/thread-state.ts";
import { ThreadKeeper } from "../state/thread-keeper.ts";
import { planAppend } from "./plan-append.ts";
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

/** Reads messages and appends the new ones, to the thread or to a fork. Errors: those of reading, store errors. */
export async function appendMessages(
  keeper: ThreadKeeper,
  input: ConversationInput,
  options: { readonly after: string | undefined; readonly time: number | undefined },
): Promise<KeptAppend> {
  const { entries } = keeper.state;
  const format: Format | undefined = entries.at(0)?.format;
  const { frame, messages } = readInput(input, format === "openai-chat" ? undefined : format, entries.at(-1));
  const { time } = options;
  const timed =
    time === undefined
      ? messages
      : messages.map((message): Message => ({ ...message, time: message.time ?? time }));
  return keeper.retry(async () => {
    const after =
      options.after === undefined
        ? undefined
        : (await resolveHandle(keeper.context.store, keeper.state, options.after)).at(-1);
    const appended = await appendOnce(keeper, timed, after);
    if (Object.values(frame).some((text) => text !== undefined)) await setFrame(appended.keeper, frame);
    return appended;
  });
}

async function appendOnce(
  keeper: ThreadKeeper,
  messages: readonly Message[],
  after: number | undefined,
): Promise<KeptAppend> {
  const { match, entries, messages: fresh } = planAppend(keeper.context, keeper.state, messages, after);
  const done = { handles: entries.map((entry) => `#${entry.seq}`), known: match.known };
  if (entries.length > 0 && match.at < keeper.state.entries.length) {
    const fork = await forkThread(keeper, match.at, entries[0]?.hash ?? "");
    await fork.context.store.append(fork.id, entries);
    await fork.refresh();
    return { ...done, keeper: fork, forked: true, length: fork.state.entries.length };
  }
  if (entries.length > 0) await keeper.append(entries, fresh);
  return { ...done, keeper, forked: false, length: keeper.state.entries.length };
}

/** Opens a thread that shares this one's past up to a place, with the edits that touch only that past. */
async function forkThread(keeper: ThreadKeeper, at: number, hash: string): Promise<ThreadKeeper> {
  const { store, clock } = keeper.context;
  const record = await store.openThread({
    thread: `${keeper.id}~${hash.slice(0, 12)}`,
    owner: keeper.state.record.owner,
    parent: keeper.id,
    forkSeq: at,
    created: clock(),
  });
  const fork = new ThreadKeeper(keeper.context, record);
  await fork.refresh();
  if (fork.state.eventCount === 0) await fork.save(selectSharedChanges(keeper.state, at));
  return fork;
}

/** Saves the system prompt and tools if they are given and differ. */
async function setFrame(keeper: ThreadKeeper, frame: Frame): Promise<void> {
  const before = keeper.state.frame;
  const next: Frame = {
    system: frame.system ?? before.system,
    tools: frame.tools ?? before.tools,
    responseFormat: frame.responseFormat ?? before.responseFormat,
    toolChoice: frame.toolChoice ?? before.toolChoice,
  };
  if (makeFrameKey(next) !== makeFrameKey(before)) await keeper.save([{ kind: "frame", ...next }]);
}
