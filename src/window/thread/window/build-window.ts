import { computeCacheUse, calibrateLedger, sumFrame } from "../../assemble/assemble-window.ts";
import type { RecalledBlock, RefusedEdit, Window, WindowMessage } from "../../assemble/assemble-window.ts";
import { composeMessages } from "../../assemble/compose-messages.ts";
import { countFrameMarks, keepMarks } from "../../assemble/keep-marks.ts";
import type { ChangedMessage } from "../../assemble/keep-marks.ts";
import { listProviderEdits } from "../../assemble/provider-edits.ts";
import { renderItem } from "../../assemble/render-item.ts";
import type { MessageStyle } from "../../assemble/render-item.ts";
import type { FrameTokens } from "../../assemble/window-ledger.ts";
import { parseExact } from "../../conversation/json/parse-exact.ts";
import { mayHoldMarkIn } from "../../conversation/edit/cache-marks.ts";
import type { Format } from "../../conversation/message/message.ts";
import type { Edit } from "../../measures/edit.ts";
import type { EntryItem, Item, PassedItem } from "../../measures/layout.ts";
import type { Repair } from "../../measures/repair-items.ts";
import type { ThreadContext } from "../state/context.ts";
import { freeze } from "../state/entry-texts.ts";
import type { EntryTexts } from "../state/entry-texts.ts";
import { makeFrameKey } from "../state/thread-state.ts";
import type { ThreadState } from "../state/thread-state.ts";
import type { CheckedWindowOptions } from "../window-options.ts";
import { findLastWindow } from "./cache-state.ts";
import { countStabilizable } from "./stabilizable.ts";

/** What a call decided before it builds its window. */
export interface WindowDecision {
  readonly options: CheckedWindowOptions;
  readonly frame: FrameTokens;
  readonly edits: readonly Edit[];
  readonly refused: readonly RefusedEdit[];
  readonly overBudget: boolean;
  readonly cache: "warm" | "cold";
  readonly repairs: readonly Repair[];
}

/** Builds the window from the state, with its ledger and its use of the cache. The texts of its items must be loaded. */
export function buildWindow(context: ThreadContext, state: ThreadState, decision: WindowDecision): Window {
  const { texts, calibration } = context;
  const { options, frame } = decision;
  const items = state.items.toArray();
  const ledger = calibrateLedger(items, frame, options.realAnswerTokens, calibration.current);
  const jsonOf = (seq: number): string => state.view?.forms.get(seq)?.json ?? texts.json(seq);
  const style = findStyle(items, state, jsonOf);
  const rendered = keepMarks(
    items.map((item) => makeWindowMessage(item, style, jsonOf)),
    listChanged(items, state, style.format),
    { format: style.format, frameMarks: countFrameMarks([state.frame.system, state.frame.tools]) },
  );
  const parts = composeMessages(items, rendered, {
    format: style.format,
    alternate: options.alternate,
    entryAt: (seq) => state.entries.at(seq),
  });
  const before = findLastWindow(state);
  let messages: readonly unknown[] | undefined;
  let json: string | undefined;
  const inputTokens = ledger.total - options.realAnswerTokens;
  return {
    get messages(): readonly unknown[] {
      messages ??= parts.map((part) => parseMessage(part, texts));
      return messages;
    },
    get json(): string {
      json ??= `[${parts.map((part) => part.json).join(",")}]`;
      return json;
    },
    parts,
    tokens: inputTokens,
    budgetTokens: options.realBudgetTokens,
    budgetSource: options.budgetSource,
    overBudget: decision.overBudget,
    ledger,
    edits: decision.edits,
    refusedEdits: decision.refused,
    recalled: findNewestRecalled(items),
    repairs: decision.repairs.map(({ kind, seq, callId }) => ({ kind, handle: `#${seq}`, callId })),
    providerEdits: listProviderEdits(state.frame.editors, {
      items,
      inputTokens,
      contextTokens: context.modelFacts?.contextTokens,
    }),
    cache: computeCacheUse({
      before,
      stabilizableTokens:
        before === undefined || state.view === undefined
          ? 0
          : countStabilizable(before, items, state.view.rendered),
      after: items,
      frameTokens: sumFrame(frame),
      frameKey: makeFrameKey(state.frame),
      state: decision.cache,
      prices: context.prices,
      model: context.modelFacts,
    }),
  };
}

/** Returns how the thread writes its messages, by its newest entry and the first that the window shows. */
function findStyle(
  items: readonly Item[],
  state: ThreadState,
  jsonOf: (seq: number) => string,
): MessageStyle {
  const format = findFormat(state);
  const shown = items.find((item) => item.type === "entry");
  return { format, like: shown === undefined ? undefined : jsonOf(shown.seq) };
}

/** Returns the format of a thread's windows. */
export function findFormat({ format, entries }: Pick<ThreadState, "format" | "entries">): Format {
  // A plain message appended alone may have been read in the default format.
  return format ?? entries.at(entries.length - 1)?.format ?? "openai-chat";
}

/** Lists the client's messages that the window does not show as they were sent, if they may hold cache marks. */
function listChanged(
  items: readonly Item[],
  { view }: ThreadState,
  format: Format,
): readonly ChangedMessage[] {
  if (view === undefined) return [];
  const changed: ChangedMessage[] = [];
  let at = -1;
  for (const [seq, form] of [...view.forms].sort(([a], [b]) => a - b)) {
    for (let next = items[at + 1]; next !== undefined && isBefore(next, seq); next = items[at + 1]) at++;
    const item = items[at];
    const isWhole = item?.type === "entry" && item.seq === seq && item.shown === undefined;
    if (!isWhole && mayHoldMarkIn(form, format)) changed.push({ json: form.json, at });
  }
  return changed;
}

/** Returns true for the item of an entry, and for one in front of it: a stub is in the place of what it replaces. */
function isBefore(item: Item, seq: number): boolean {
  return item.seq <= seq;
}

/** Messages of entries and of the client's own: their items keep their identity between windows, so each is rendered once. */
const rendered = new WeakMap<Item, WindowMessage>();

function makeWindowMessage(item: Item, style: MessageStyle, jsonOf: (seq: number) => string): WindowMessage {
  const held = rendered.get(item);
  if (held !== undefined) return held;
  const json = renderItem(item, style, jsonOf);
  const tokens = item.tokens - (item.type === "entry" ? (item.unanswered?.tokens ?? 0) : 0);
  if (item.type !== "entry" && item.type !== "passed")
    return { handle: undefined, kind: item.type, json, tokens };
  const message = { ...describeKind(item), json, tokens };
  rendered.set(item, message);
  return message;
}

function describeKind(item: EntryItem | PassedItem): Pick<WindowMessage, "handle" | "kind"> {
  if (item.type === "passed") return { handle: undefined, kind: "passed" };
  return { handle: `#${item.seq}`, kind: item.shown === undefined ? "whole" : "edited" };
}

function parseMessage({ kind, handle, json }: WindowMessage, texts: EntryTexts): unknown {
  const seq = kind === "whole" && handle !== undefined ? Number(handle.slice(1)) : undefined;
  if (seq !== undefined && json === texts.json(seq)) return texts.value(seq, json);
  return freeze(parseExact(json));
}

function findNewestRecalled(items: readonly Item[]): RecalledBlock | undefined {
  const found = items.findLast((item) => item.type === "recalled");
  if (found?.type !== "recalled") return undefined;
  return { seqs: found.insertion.seqs, text: found.insertion.text, tokens: found.tokens };
}
