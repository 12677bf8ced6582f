import { LoadlineError } from "../../shared/errors.ts";
import {
  requireFlag,
  requireInteger,
  requireKnownFields,
  requireOneOf,
  requireText,
} from "../../shared/options.ts";
import { listProviderEdits } from "../assemble/provider-edits.ts";
import { sumKinds } from "../assemble/window-ledger.ts";
import { formats, readMessage } from "../conversation/read/read-message.ts";
import { learnCalibration } from "../tokens/calibration.ts";
import { countFrame } from "../tokens/count-frame.ts";
import { appendMessages } from "./append/append-messages.ts";
import { ThreadRecall } from "./recall/thread-recall.ts";
import { resolveHandle } from "./state/resolve-handle.ts";
import { joinSearchableText } from "./state/searchable-text.ts";
import { explainEntry } from "./state/thread-history.ts";
import type { ThreadKeeper } from "./state/thread-keeper.ts";
import { checkAnswerOptions, checkSyncOptions, showSynced } from "./synced.ts";
import type { OpenedThread } from "./synced.ts";
import { listAnswers, recordAnswer } from "./sync/record-answer.ts";
import { readSent } from "./sync/read-history.ts";
import { syncHistory } from "./sync/sync-history.ts";
import type { AppendOptions, ExpandedEntry, Thread } from "./thread.ts";
import { checkRecall, checkWindowOptions } from "./window-options.ts";
import { makeWindow } from "./window/make-window.ts";

const threads = new WeakMap<ThreadKeeper, OpenedThread>();

/** Returns a thread's public methods over its keeper. Options are checked at once; the work waits for its turn. */
export function openThread(keeper: ThreadKeeper): OpenedThread {
  const held = threads.get(keeper);
  if (held !== undefined) return held;
  const recall = new ThreadRecall(keeper);
  const opened = { recall, thread: makeThread(keeper, recall) };
  threads.set(keeper, opened);
  return opened;
}

function makeThread(keeper: ThreadKeeper, recall: ThreadRecall): Thread {
  return {
    id: keeper.id,
    owner: keeper.state.record.owner,
    ...makeWriting(keeper),
    ...makeReading(keeper, recall),
    ...makeChanging(keeper),
  };
}

function findSeqs(keeper: ThreadKeeper, handle: string): Promise<readonly number[]> {
  return resolveHandle(keeper.context.store, keeper.state, handle);
}

/** Makes the methods that take messages in. */
function makeWriting(keeper: ThreadKeeper): Pick<Thread, "append" | "sync" | "answer"> {
  return {
    append: (messages, options = {}) => {
      const checked = checkAppendOptions(options);
      return keeper.runFresh(async () => {
        const { keeper: kept, ...appended } = await appendMessages(keeper, messages, checked);
        return { ...appended, thread: openThread(kept).thread };
      });
    },
    sync: async (messages, options = {}) => {
      const { format, time, ...checked } = checkSyncOptions(options);
      const { recent } = keeper.context;
      const sent = await keeper.runFresh(() =>
        readSent(messages, { format: format ?? keeper.format, time, recent }),
      );
      const kept = await syncHistory(keeper, sent, { ...checked, isNamed: true });
      return showSynced(kept, openThread(kept.keeper));
    },
    answer: (message, options = {}) => {
      const facts = checkAnswerOptions(options);
      return keeper.runFresh(async () => {
        const place = keeper.state.view?.end ?? keeper.state.entries.length;
        await recordAnswer(keeper, message, { place, facts });
      });
    },
  };
}

/** Makes the methods that show what a thread holds. */
function makeReading(
  keeper: ThreadKeeper,
  recall: ThreadRecall,
): Pick<Thread, "answers" | "window" | "recall" | "expand" | "edits" | "explain" | "length"> {
  return {
    answers: () => keeper.runFresh(() => listAnswers(keeper)),
    window: (options = {}) => {
      const checked = checkWindowOptions(options, keeper.context.modelFacts);
      return keeper.runFresh(() => keeper.retry(() => makeWindow(keeper, recall, checked)));
    },
    recall: (query, options) => {
      const request = { ...checkRecall(query, options), skip: () => false, minShare: 0 };
      return keeper.runFresh(() => recall.recall(request));
    },
    expand: (handle) => keeper.runFresh(() => expandHandle(keeper, handle)),
    edits: () =>
      keeper.runFresh(() =>
        keeper.state.edits.map((edit) =>
          Object.assign({}, edit, { undone: keeper.state.undone.has(edit.number) }),
        ),
      ),
    explain: (handle) =>
      keeper.runFresh(async () =>
        (await findSeqs(keeper, handle)).map((seq) => explainEntry(keeper.state, seq)),
      ),
    length: () => keeper.runFresh(() => keeper.state.entries.length),
  };
}

/** Makes the methods that change what windows show. */
function makeChanging(keeper: ThreadKeeper): Pick<Thread, "pin" | "unpin" | "undo" | "reportUsage"> {
  const setPinned = (kind: "pin" | "unpin", handle: string): Promise<void> =>
    keeper.runFresh(async () => {
      const seqs = await findSeqs(keeper, handle);
      await keeper.retry(() => keeper.save([{ kind, seqs }]));
    });
  return {
    pin: (handle) => setPinned("pin", handle),
    unpin: (handle) => setPinned("unpin", handle),
    undo: (editNumber) => {
      requireInteger("edit", editNumber, 1);
      return keeper.runFresh(() => undoEdit(keeper, editNumber));
    },
    reportUsage: (usage) => {
      requireKnownFields("usage", usage, ["inputTokens"]);
      const inputTokens = requireInteger("inputTokens", usage.inputTokens, 0);
      return keeper.run(() => learnUsage(keeper, inputTokens));
    },
  };
}

/** Characters of the name of an append. */
const maxKeyLength = 200;

function checkAppendOptions(options: AppendOptions): Parameters<typeof appendMessages>[2] {
  requireKnownFields("append", options, ["after", "key", "time", "format", "hidden"]);
  const { after, key, time, format, hidden = false } = options;
  return {
    after,
    key: key === undefined ? undefined : requireText("key", key, maxKeyLength),
    time: time === undefined ? undefined : requireInteger("time", time, 0),
    format: format === undefined ? undefined : requireOneOf("format", format, formats),
    hidden: requireFlag("hidden", hidden),
  };
}

/** Returns what a handle names: entries of this thread or, with its id in front, one of a thread that it continues. */
async function expandHandle(keeper: ThreadKeeper, handle: string): Promise<readonly ExpandedEntry[]> {
  const { context, id } = keeper;
  const far = /^(.+)#(\d{1,9})$/s.exec(handle);
  const continued = far === null ? [] : await keeper.listContinued();
  const isPast = (name: string | undefined, place: string | undefined): boolean =>
    continued.some((past) => past.thread === name && Number(place) < past.end);
  const [, thread = id, seq = ""] = far !== null && isPast(far[1], far[2]) ? far : [];
  const seqs = thread === id ? await findSeqs(keeper, handle) : [Number(seq)];
  const entries = await Promise.all(seqs.map((place) => context.store.entries(thread, place, place + 1)));
  return entries.flat().map((entry) => ({
    seq: entry.seq,
    handle: thread === id ? `#${entry.seq}` : handle,
    chain: entry.chain,
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
  const { calibration, store, model, counter, modelFacts } = context;
  const tokens =
    state.sent?.kinds ??
    sumKinds(state.items.toArray(), countFrame(state.frame, counter, state.entries.at(0)));
  // The provider counts what its own editors leave: such a report says nothing about our counts.
  const edits = listProviderEdits(state.frame.editors, {
    items: state.items.toArray(),
    inputTokens: Object.values(tokens).reduce((sum, count) => sum + count, 0),
    contextTokens: modelFacts?.contextTokens,
  });
  if (edits.some(({ name, isTriggered }) => isTriggered ?? name.startsWith("clear_"))) return;
  const learned = learnCalibration(calibration.current, tokens, inputTokens);
  if (learned === calibration.current) return;
  calibration.current = learned;
  await store.writeCalibration({ model, json: JSON.stringify(learned) });
}
