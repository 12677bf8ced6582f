import { LoadlineError } from "../../shared/errors.ts";
import { requireInteger, requireKnownFields } from "../../shared/options.ts";
import { buildWindowLedger } from "../assemble/window-ledger.ts";
import { readMessage } from "../conversation/read/read-message.ts";
import type { ThreadRecord } from "../store/store.ts";
import { learnCalibration } from "../tokens/calibration.ts";
import { countFrame } from "../tokens/count-frame.ts";
import { appendMessages } from "./append/append-messages.ts";
import { ThreadRecall } from "./recall/thread-recall.ts";
import type { MemoryContext } from "./state/context.ts";
import { resolveHandle } from "./state/resolve-handle.ts";
import { joinSearchableText } from "./state/searchable-text.ts";
import { explainEntry } from "./state/thread-history.ts";
import { ThreadKeeper } from "./state/thread-keeper.ts";
import type { ExpandedEntry, Thread } from "./thread.ts";
import { checkRecall, checkWindowOptions } from "./window-options.ts";
import { makeWindow } from "./window/make-window.ts";

/** Opens an existing thread of a store. */
export function openThread(context: MemoryContext, record: ThreadRecord): Thread {
  return threadOf(new ThreadKeeper(context, record));
}

/** Makes a thread's public methods over its keeper. Options are checked at once; the work waits for its turn. */
function threadOf(keeper: ThreadKeeper): Thread {
  const recall = new ThreadRecall(keeper);
  const seqsOf = (handle: string): Promise<readonly number[]> =>
    resolveHandle(keeper.context.store, keeper.state, handle);
  const setPinned = (kind: "pin" | "unpin", handle: string): Promise<void> =>
    keeper.runFresh(async () => {
      const seqs = await seqsOf(handle);
      await keeper.retry(() => keeper.save([{ kind, seqs }]));
    });
  const thread: Thread = {
    id: keeper.id,
    owner: keeper.state.record.owner,
    append: (messages, options = {}) => {
      requireKnownFields("append", options, ["after", "time"]);
      const { after } = options;
      const time = options.time === undefined ? undefined : requireInteger("time", options.time, 0);
      return keeper.runFresh(async () => {
        const { keeper: kept, ...appended } = await appendMessages(keeper, messages, { after, time });
        return { ...appended, thread: kept === keeper ? thread : threadOf(kept) };
      });
    },
    window: (options) => {
      const checked = checkWindowOptions(options);
      return keeper.runFresh(() => keeper.retry(() => makeWindow(keeper, recall, checked)));
    },
    recall: (query, options) => {
      const request = { ...checkRecall(query, options), skip: () => false, minShare: 0 };
      return keeper.runFresh(() => recall.recall(request));
    },
    expand: (handle) => keeper.runFresh(async () => expandEntries(keeper, await seqsOf(handle))),
    pin: (handle) => setPinned("pin", handle),
    unpin: (handle) => setPinned("unpin", handle),
    edits: () =>
      keeper.runFresh(() =>
        keeper.state.edits.map((edit) =>
          Object.assign({}, edit, { undone: keeper.state.undone.has(edit.number) }),
        ),
      ),
    explain: (handle) =>
      keeper.runFresh(async () => (await seqsOf(handle)).map((seq) => explainEntry(keeper.state, seq))),
    undo: (editNumber) => {
      requireInteger("edit", editNumber, 1);
      return keeper.runFresh(() => undoEdit(keeper, editNumber));
    },
    reportUsage: (usage) => {
      requireKnownFields("usage", usage, ["inputTokens"]);
      const inputTokens = requireInteger("inputTokens", usage.inputTokens, 0);
      return keeper.run(() => learnUsage(keeper, inputTokens));
    },
    length: () => keeper.runFresh(() => keeper.state.entries.length),
  };
  return thread;
}

async function expandEntries(
  { context, id }: ThreadKeeper,
  seqs: readonly number[],
): Promise<readonly ExpandedEntry[]> {
  const entries = await Promise.all(seqs.map((seq) => context.store.entries(id, seq, seq + 1)));
  return entries.flat().map((entry) => ({
    seq: entry.seq,
    handle: `#${entry.seq}`,
    hash: entry.hash,
    role: entry.role,
    time: entry.time,
    tokens: entry.tokens,
    json: entry.json,
    text: joinSearchableText(readMessage(entry.json, entry.format)),
  }));
}

async function undoEdit(keeper: ThreadKeeper, number: number): Promise<void> {
  const { edits, undone } = keeper.state;
  if (edits[number - 1] === undefined || undone.has(number)) {
    throw new LoadlineError(
      "not-found",
      undone.has(number)
        ? `edit ${number} is already undone`
        : `edit: got ${number}, allowed: 1 to ${edits.length}, the edits of this thread`,
    );
  }
  await keeper.retry(() => keeper.save([{ kind: "undo", number }]));
}

async function learnUsage({ context, state }: ThreadKeeper, inputTokens: number): Promise<void> {
  const { calibration, store, model, counter } = context;
  const { kinds } = buildWindowLedger(
    state.sent?.items ?? state.items.toArray(),
    countFrame(state.frame, counter, state.entries.at(0)),
    0,
  );
  const tokens = Object.fromEntries(kinds.map((row) => [row.kind, row.size]));
  const learned = learnCalibration(calibration.current, tokens, inputTokens);
  if (learned === calibration.current) return;
  calibration.current = learned;
  await store.writeCalibration({ model, json: JSON.stringify(learned) });
}
