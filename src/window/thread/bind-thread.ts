import { LoadlineError } from "../../shared/errors.ts";
import type { Window } from "../assemble/assemble-window.ts";
import type { ConversationInput } from "./append/read-input.ts";
import type { ThreadRecall } from "./recall/thread-recall.ts";
import type { Edit } from "../measures/edit.ts";
import { isInForce } from "./state/in-force.ts";
import type { ThreadKeeper } from "./state/thread-keeper.ts";
import type { View } from "./state/view.ts";
import { recordAnswer } from "./sync/record-answer.ts";
import type { AnswerFacts } from "./sync/record-answer.ts";
import type { TurnedSync } from "./sync/sync-history.ts";
import type { AnswerOptions, Thread } from "./thread.ts";
import { checkRecall, checkWindowOptions } from "./window-options.ts";
import type { WindowOptions } from "./window-options.ts";
import { makeWindow } from "./window/make-window.ts";

/** A history as its request holds it, whatever other requests of the thread hold meanwhile. */
export interface ShownHistory {
  readonly keeper: ThreadKeeper;
  readonly view: View;
  readonly recall: ThreadRecall;
  /** What is stored of it meanwhile. */
  readonly turn: TurnedSync["turn"];
}

/** Makes the window of a request's history. Errors: as `Thread.window`. */
export function showWindow(shown: ShownHistory, options: WindowOptions = {}): Promise<Window> {
  const { keeper, view, turn, recall } = shown;
  const checked = checkWindowOptions(options, keeper.context.modelFacts);
  const make = async (): Promise<Window> => {
    keeper.setView(view);
    return makeWindow(keeper, recall, checked);
  };
  return turn.run(make, (work) => keeper.runFresh(() => keeper.retry(work)));
}

/** Stores the answer to a request's history. Errors: as `Thread.answer`. */
export function addAnswer(
  { keeper, view }: ShownHistory,
  message: ConversationInput,
  facts: AnswerFacts,
): Promise<void> {
  return keeper.runFresh(async () => {
    await recordAnswer(keeper, message, { place: view.end, facts });
  });
}

/**
 * Returns the thread as a request sees it: another request of the thread may hold more, and none of that is shown to this one. Entries
 * that are appended through it belong to its history.
 */
export function bindThread(
  thread: Thread,
  shown: ShownHistory,
  check: (options: AnswerOptions) => AnswerFacts,
): Thread {
  const { keeper, view, recall } = shown;
  let isExtended = false;
  const isShown = (edit: Edit): boolean =>
    isExtended || isInForce(edit, { end: view.end, length: keeper.state.entries.length });
  return {
    ...thread,
    append: async (messages, options) => {
      const appended = await thread.append(messages, options);
      isExtended ||= appended.thread.id === thread.id && appended.handles.length > 0;
      return appended;
    },
    window: (options) => (isExtended ? thread.window(options) : showWindow(shown, options)),
    answer: (message, options = {}) =>
      isExtended ? thread.answer(message, options) : addAnswer(shown, message, check(options)),
    recall: (query, options) => {
      if (isExtended) return thread.recall(query, options);
      const request = { ...checkRecall(query, options), skip: () => false, minShare: 0 };
      return keeper.runFresh(() => {
        keeper.setView(view);
        return recall.recall(request);
      });
    },
    edits: async () => (await thread.edits()).filter(isShown),
    explain: async (handle) => {
      const all = await thread.explain(handle);
      return all.map((one) => ({ ...one, edits: one.edits.filter(isShown) }));
    },
    expand: async (handle) => {
      const found = await thread.expand(handle);
      // A handle of a thread that this one continues has that thread's id in front.
      const last = found.findLast((entry) => entry.handle.startsWith("#"))?.seq ?? 0;
      if (isExtended || last < view.end) return found;
      throw new LoadlineError(
        "not-found",
        `handle ${handle}: names #${last}, which this history does not hold; its last entry is #${view.end - 1}`,
      );
    },
  };
}
