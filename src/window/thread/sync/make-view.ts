import type { Steps } from "../../../shared/steps.ts";
import type { Alignment } from "../../identity/align-history.ts";
import type { MessageTokens } from "../../tokens/counter.ts";
import { countMessage } from "../../tokens/count-message.ts";
import type { ThreadKeeper } from "../state/thread-keeper.ts";
import { showForm } from "../state/view.ts";
import type { Form, PassedMessage, View } from "../state/view.ts";
import type { HistoryMessage } from "./history-message.ts";

/** A sent history and its place in its thread. */
export interface AlignedHistory {
  readonly history: readonly HistoryMessage[];
  readonly alignment: Alignment;
}

/** Returns the messages that only this request holds, counted. */
export function listPassed(
  keeper: ThreadKeeper,
  { history, alignment }: AlignedHistory,
): readonly PassedMessage[] {
  const { counter } = keeper.context;
  const counted = new Map(keeper.state.view?.passed.map(({ json, tokens }) => [json, tokens]));
  return alignment.slots.flatMap((slot, index): readonly PassedMessage[] => {
    const message = history[index]?.message;
    if (slot.seq !== undefined || message === undefined) return [];
    const tokens = counted.get(message.json) ?? countMessage(message, counter).total;
    return [{ before: slot.before, json: message.json, role: message.role, tokens }];
  });
}

/**
 * Makes the view of a history that was sent, in steps: the newest form of each message, those that only this request holds, and what it leaves
 * out. The entries of its new messages must be there. `stabilize` keeps the form that was sent before where the new one says the same.
 */
export function* makeView(
  keeper: ThreadKeeper,
  { history, alignment, passed }: AlignedHistory & Pick<View, "passed">,
  stabilize: boolean,
): Steps<View> {
  const { counter } = keeper.context;
  const { entries, view: before } = keeper.state;
  const forms = new Map<number, Form>();
  const rendered = new Map<number, Form>();
  let end = alignment.end;
  for (const [index, { message, promptKey }] of history.entries()) {
    const slot = alignment.slots[index];
    const seq = slot === undefined ? alignment.at + index - alignment.slots.length : slot.seq;
    const stored = seq === undefined ? undefined : entries.at(seq);
    if (seq === undefined || stored === undefined) continue;
    end = Math.max(end, seq + 1);
    const isReduced = slot?.relation === "reduced";
    const held = before?.forms.get(seq);
    if (held !== undefined && (held.json === message.json || (stabilize && !isReduced))) {
      forms.set(seq, held);
      continue;
    }
    yield;
    const count = (): MessageTokens => countMessage(message, counter);
    const entry = showForm(stored, message, { isReduced, count });
    forms.set(seq, { json: message.json, promptKey, entry });
    if (held !== undefined && !isReduced && held.promptKey !== promptKey) rendered.set(seq, held);
  }
  return { forms, rendered, passed, absent: alignment.absent, end };
}
