import { LoadlineError, isLoadlineError } from "../../shared/errors.ts";
import { requireInteger, requireKnownFields } from "../../shared/options.ts";
import type { Window } from "../assemble/assemble-window.ts";
import { windowLedger } from "../assemble/window-ledger.ts";
import type { Format, Message } from "../conversation/message.ts";
import { readMessage } from "../conversation/read-message.ts";
import type { Edit } from "../measures/edit.ts";
import type { ThreadRecord } from "../store/store.ts";
import { learnCalibration } from "../tokens/calibration.ts";
import { countFrame } from "../tokens/count-message.ts";
import { planAppend } from "./append-messages.ts";
import type { MemoryContext } from "./context.ts";
import { EntryTexts } from "./entry-texts.ts";
import { saveChange } from "./thread-events.ts";
import type { ThreadChange } from "./thread-events.ts";
import type { AppendOptions, Appended, ExpandedEntry, Explanation, Thread, UsageReport } from "./thread.ts";
import { emptyLiveThread, refreshLiveThread, withChanges, withEntries } from "./live-thread.ts";
import type { LiveThread } from "./live-thread.ts";
import { searchableText } from "./make-entry.ts";
import { buildWindow, frameKey, planWindow } from "./make-window.ts";
import type { Sent } from "./make-window.ts";
import { explainEntry, sharedChanges } from "./thread-history.ts";
import { readInput } from "./read-input.ts";
import type { ConversationInput } from "./read-input.ts";
import { recallDraft } from "./recall-draft.ts";
import { recallOnThread } from "./recall-on-thread.ts";
import type { WholeIndex } from "./recall-pool.ts";
import type { Recalled } from "./recall-stage.ts";
import { resolveHandle } from "./resolve-handle.ts";
import { cacheState, shownSeqs } from "./situation-of.ts";
import { TurnQueue } from "./turn-queue.ts";
import { checkRecall, checkWindowOptions } from "./window-options.ts";
import type { RecallOptions, WindowOptions } from "./window-options.ts";

/** Tries again when another process wrote in between: more often than this is no coincidence. */
const mostTries = 100;
/** Longest wait before another try, in milliseconds: who lost waits a little, so that nobody loses for ever. */
const longestWait = 20;

class OpenThread implements Thread {
  readonly id: string;
  readonly owner: string;
  readonly #context: MemoryContext;
  readonly #turns = new TurnQueue();
  readonly #texts = new EntryTexts();
  #live: LiveThread;
  #sent: Sent | undefined;
  #whole: WholeIndex | undefined;

  constructor(context: MemoryContext, record: ThreadRecord) {
    this.#context = context;
    this.id = record.thread;
    this.owner = record.owner;
    this.#live = emptyLiveThread(record);
  }

  append(messages: ConversationInput, options: AppendOptions = {}): Promise<Appended> {
    requireKnownFields("append", options, ["after", "time"]);
    const time = options.time === undefined ? undefined : requireInteger("time", options.time, 0);
    return this.#turns.run(async () => {
      await this.#refresh();
      const format: Format | undefined = this.#live.entries[0]?.format;
      const { frame, messages: read } = readInput(
        messages,
        format === "openai-chat" ? undefined : format,
        this.#live.entries.at(-1),
      );
      const timed =
        time === undefined
          ? read
          : read.map((message): Message => ({ ...message, time: message.time ?? time }));
      return this.#retry(async () => {
        const after =
          options.after === undefined
            ? undefined
            : (await resolveHandle(this.#context.store, this.#live, options.after)).at(-1);
        const appended = await this.#appendOnce(timed, after);
        if (frame.system !== undefined || frame.tools !== undefined)
          await (appended.thread as OpenThread).#setFrame(frame);
        return appended;
      });
    });
  }

  async #appendOnce(messages: readonly Message[], after: number | undefined): Promise<Appended> {
    const plan = planAppend(this.#context, this.#live, messages, after);
    const handles = plan.entries.map((entry) => `#${entry.seq}`);
    if (plan.entries.length > 0 && plan.match.at < this.#live.entries.length) {
      const fork = await this.#fork(plan.match.at, plan.entries[0]?.hash ?? "");
      await this.#context.store.append(fork.id, plan.entries);
      await fork.#refresh();
      return {
        thread: fork,
        forked: true,
        handles,
        known: plan.match.known,
        length: fork.#live.entries.length,
      };
    }
    if (plan.entries.length > 0) {
      await this.#context.store.append(this.id, plan.entries);
      this.#live = withEntries(this.#live, plan.entries);
      this.#texts.add(plan.entries, plan.messages, this.#context.countShort);
    }
    return {
      thread: this,
      forked: false,
      handles,
      known: plan.match.known,
      length: this.#live.entries.length,
    };
  }

  /** A thread that shares this one's past up to a place, with the edits that concern only that past. */
  async #fork(at: number, hash: string): Promise<OpenThread> {
    const { store, clock } = this.#context;
    const record = await store.openThread({
      thread: `${this.id}~${hash.slice(0, 12)}`,
      owner: this.owner,
      parent: this.id,
      forkSeq: at,
      created: clock(),
    });
    const fork = new OpenThread(this.#context, record);
    await fork.#refresh();
    if (fork.#live.eventCount === 0) await fork.#save(sharedChanges(this.#live, at));
    return fork;
  }

  async #setFrame(frame: {
    readonly system: string | undefined;
    readonly tools: string | undefined;
  }): Promise<void> {
    const before = this.#live.frame;
    const next = { system: frame.system ?? before.system, tools: frame.tools ?? before.tools };
    if (next.system !== before.system || next.tools !== before.tools)
      await this.#save([{ kind: "frame", ...next }]);
  }

  window(options: WindowOptions): Promise<Window> {
    const checked = checkWindowOptions(options);
    return this.#turns.run(async () => {
      await this.#refresh();
      return this.#retry(async () => {
        const cache = cacheState(this.#context, this.#live, checked.cache);
        const plan = await planWindow(this.#context, this.#live, this.#texts, this.#sent, checked);
        let edits = plan.edits;
        if (edits.length > 0) await this.#save(edits.map((edit) => ({ kind: "edit", edit })));
        const recalled = await recallDraft(
          this.#context,
          this.#live,
          this.#texts,
          this.#sent,
          {
            ...checked,
            budgetTokens: Math.floor(checked.budgetTokens / plan.share),
            answerTokens: Math.ceil(checked.answerTokens / plan.share),
          },
          (query, budgetTokens, skip) =>
            this.#recall({ query, budgetTokens, scope: "thread", context: undefined }, skip, 0.3),
        );
        if (recalled !== undefined) {
          await this.#save([{ kind: "edit", edit: recalled }]);
          edits = [...edits, recalled];
        }
        const shown = shownSeqs(this.#live.items);
        await this.#texts.load(this.#context.store, this.id, this.#live.entries, [...shown]);
        const window = buildWindow(this.#context, this.#live, this.#texts, this.#sent, {
          options: checked,
          edits,
          overBudget: plan.overBudget,
          cache,
        });
        this.#texts.keep(shown);
        this.#sent = { items: [...this.#live.items], frame: frameKey(this.#live) };
        return window;
      });
    });
  }

  recall(query: string, options: RecallOptions): Promise<Recalled> {
    const checked = checkRecall(query, options);
    return this.#turns.run(async () => {
      await this.#refresh();
      return this.#recall(checked, () => false, 0);
    });
  }

  async #recall(
    asked: ReturnType<typeof checkRecall>,
    skip: (thread: string, seq: number) => boolean,
    minShare: number,
  ): Promise<Recalled> {
    const { recalled, whole } = await recallOnThread(this.#context, this.#live, this.#whole, asked, {
      skip,
      minShare,
    });
    this.#whole = whole;
    return recalled;
  }

  expand(handle: string): Promise<readonly ExpandedEntry[]> {
    return this.#turns.run(async () => {
      await this.#refresh();
      const seqs = await resolveHandle(this.#context.store, this.#live, handle);
      const entries = await Promise.all(
        seqs.map((seq) => this.#context.store.entries(this.id, seq, seq + 1)),
      );
      return entries.flat().map((entry) => ({
        seq: entry.seq,
        handle: `#${entry.seq}`,
        hash: entry.hash,
        role: entry.role,
        time: entry.time,
        tokens: entry.tokens,
        json: entry.json,
        text: searchableText(readMessage(entry.json, entry.format)),
      }));
    });
  }

  pin(handle: string): Promise<void> {
    return this.#pinning("pin", handle);
  }

  unpin(handle: string): Promise<void> {
    return this.#pinning("unpin", handle);
  }

  #pinning(kind: "pin" | "unpin", handle: string): Promise<void> {
    return this.#turns.run(async () => {
      await this.#refresh();
      const seqs = await resolveHandle(this.#context.store, this.#live, handle);
      await this.#retry(() => this.#save([{ kind, seqs }]));
    });
  }

  edits(): Promise<readonly (Edit & { readonly undone: boolean })[]> {
    return this.#turns.run(async () => {
      await this.#refresh();
      return this.#live.edits.map((edit) =>
        Object.assign({}, edit, { undone: this.#live.undone.has(edit.number) }),
      );
    });
  }

  explain(handle: string): Promise<readonly Explanation[]> {
    return this.#turns.run(async () => {
      await this.#refresh();
      const seqs = await resolveHandle(this.#context.store, this.#live, handle);
      return seqs.map((seq) => explainEntry(this.#live, seq));
    });
  }

  undo(editNumber: number): Promise<void> {
    requireInteger("edit", editNumber, 1);
    return this.#turns.run(async () => {
      await this.#refresh();
      if (this.#live.edits[editNumber - 1] === undefined || this.#live.undone.has(editNumber)) {
        throw new LoadlineError(
          "not-found",
          `edit: got ${editNumber}, allowed: an edit of this thread that is not undone (1 to ${this.#live.edits.length})`,
        );
      }
      await this.#retry(() => this.#save([{ kind: "undo", number: editNumber }]));
    });
  }

  reportUsage(usage: UsageReport): Promise<void> {
    requireKnownFields("usage", usage, ["inputTokens"]);
    const reported = requireInteger("inputTokens", usage.inputTokens, 0);
    return this.#turns.run(async () => {
      const { calibration, store, model, counter } = this.#context;
      const frame = countFrame(this.#live.frame, counter);
      const { kinds } = windowLedger(this.#sent?.items ?? this.#live.items, frame, 0);
      const tokens = Object.fromEntries(kinds.map((row) => [row.kind, row.size]));
      const learned = learnCalibration(calibration.current, tokens, reported);
      if (learned === calibration.current) return;
      calibration.current = learned;
      await store.writeCalibration({ model, json: JSON.stringify(learned) });
    });
  }

  length(): Promise<number> {
    return this.#turns.run(async () => {
      await this.#refresh();
      return this.#live.entries.length;
    });
  }

  async #refresh(): Promise<void> {
    this.#live = await refreshLiveThread(this.#context.store, this.#live);
  }

  async #save(changes: readonly ThreadChange[]): Promise<void> {
    const now = this.#context.clock();
    const events = changes.map((change, index) => saveChange(change, this.#live.eventCount + index, now));
    await this.#context.store.appendEvents(this.id, events);
    this.#live = withChanges(this.#live, changes);
  }

  /** Another process may have written to the thread in between: then the work is done anew on what is there now. */
  async #retry<Result>(work: () => Promise<Result>): Promise<Result> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        if (!isLoadlineError(error, "head-moved") || tries >= mostTries) throw error;
        const wait = Math.random() * Math.min(longestWait, tries - 1);
        await new Promise((resolve) => setTimeout(resolve, wait));
        await this.#refresh();
      }
    }
  }
}

/** Opens a thread of a store that is there. */
export function openThread(context: MemoryContext, record: ThreadRecord): Thread {
  return new OpenThread(context, record);
}
