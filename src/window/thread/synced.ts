import {
  requireFlag,
  requireInteger,
  requireKnownFields,
  requireOneOf,
  requireText,
} from "../../shared/options.ts";
import { addAnswer, bindThread, showWindow } from "./bind-thread.ts";
import type { Format } from "../conversation/message/message.ts";
import { formats } from "../conversation/read/read-message.ts";
import type { ThreadRecall } from "./recall/thread-recall.ts";
import type { AnswerFacts } from "./sync/record-answer.ts";
import type { CheckedSyncOptions, TurnedSync } from "./sync/sync-history.ts";
import type { AnswerOptions, SyncOptions, Synced, Thread } from "./thread.ts";

/** A thread with what its windows recall from. */
export interface OpenedThread {
  readonly thread: Thread;
  readonly recall: ThreadRecall;
}

/** Characters of a provider's response id. */
const maxResponseIdLength = 1_000;

/** Checks the options of a sync. Errors: `invalid-option`. */
export function checkSyncOptions(options: SyncOptions): Omit<CheckedSyncOptions, "isNamed"> & {
  readonly time: number | undefined;
  readonly format: Format | undefined;
} {
  requireKnownFields("sync", options, ["strict", "stabilize", "time", "format"]);
  const { strict = false, stabilize = false, time, format } = options;
  return {
    strict: requireFlag("strict", strict),
    stabilize: requireFlag("stabilize", stabilize),
    time: time === undefined ? undefined : requireInteger("time", time, 0),
    format: format === undefined ? undefined : requireOneOf("format", format, formats),
  };
}

/** Checks what is known of an answer. Errors: `invalid-option`. */
export function checkAnswerOptions(options: AnswerOptions): AnswerFacts {
  requireKnownFields("answer", options, ["responseId", "complete", "usage", "time"]);
  const { responseId, complete = true, usage, time } = options;
  return {
    responseId:
      responseId === undefined ? undefined : requireText("responseId", responseId, maxResponseIdLength),
    complete: requireFlag("complete", complete),
    usage,
    time: time === undefined ? undefined : requireInteger("time", time, 0),
  };
}

/** Shows what a sync did, with the window and the answer of that very history. */
export function showSynced({ keeper, view, turn, ...done }: TurnedSync, opened: OpenedThread): Synced {
  const shown = { keeper, view, turn, recall: opened.recall };
  const thread = bindThread(opened.thread, shown, checkAnswerOptions);
  return {
    ...done,
    thread,
    length: keeper.state.entries.length,
    warnings:
      done.relation === "foreign"
        ? [`The messages share nothing with the thread; they are in the branch ${thread.id}.`]
        : [],
    get committed(): Promise<void> {
      return turn.committed;
    },
    window: (options) => showWindow(shown, options),
    answer: (message, options = {}) => addAnswer(shown, message, checkAnswerOptions(options)),
  };
}
