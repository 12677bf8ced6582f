import type { Window } from "../../assemble/assemble-window.ts";
import { parseExact } from "../../conversation/json/parse-exact.ts";
import { itemFormats } from "../../conversation/message/message.ts";
import type { Edit } from "../../measures/edit.ts";
import { isReasoningOnly } from "../../measures/lossless.ts";
import { findRuleFaults, listRules } from "../../rules/find-rule-faults.ts";
import type { RuleFault } from "../../rules/rule.ts";
import type { ThreadContext } from "../state/context.ts";
import { findEnd } from "../state/thread-state.ts";
import type { ThreadState } from "../state/thread-state.ts";
import { findFormat } from "./build-window.ts";
import { listShownSeqs } from "./make-situation.ts";

/** A rule that a window would break, with the number of the entry that breaks it. */
export interface FreshFault extends RuleFault {
  /** Undefined for a message of our own. */
  readonly seq: number | undefined;
}

/** A window with the state that it shows. */
export interface ComposedWindow {
  readonly state: ThreadState;
  readonly window: Window;
}

/** What a guard needs of its call. */
export interface GuardCall {
  readonly alternate: boolean;
  /** Composes the window as it would be with these edits; saves nothing. */
  readonly compose: (edits: readonly Edit[]) => Promise<ComposedWindow>;
}

/** Finds the rules of the provider that edits would break. Composes a window only when one is needed. */
export class RuleGuard {
  readonly #context: ThreadContext;
  readonly #state: ThreadState;
  readonly #call: GuardCall;
  #known: { readonly history: ReadonlySet<string>; readonly all: ReadonlySet<string> } | undefined;

  constructor(context: ThreadContext, state: ThreadState, call: GuardCall) {
    this.#context = context;
    this.#state = state;
    this.#call = call;
  }

  /** Returns the rules that the window with these edits breaks, and neither the client's history nor the window without them does. */
  async findFresh(edits: readonly Edit[]): Promise<readonly FreshFault[]> {
    const format = findFormat(this.#state);
    if (edits.length === 0 || listRules(format).length === 0) return [];
    const { state, window } = await this.#call.compose(edits);
    // Not by the handles of the messages: one may be joined of several.
    const shown = [...listShownSeqs(state.items.toArray())];
    const found = this.#find(window.messages, await this.#read(this.#addReasoning(shown)));
    if (found.length === 0) return [];
    const { all } = await this.#readKnown();
    return found
      .filter(({ rule }) => !all.has(rule))
      .map((fault) => ({ ...fault, seq: readSeq(window.parts[fault.message]?.handle) }));
  }

  /** Returns true if the client's own history breaks a rule. */
  async isHistoryBroken(): Promise<boolean> {
    return (await this.#readKnown()).history.size > 0;
  }

  #find(messages: readonly unknown[], history: readonly unknown[]): readonly RuleFault[] {
    const { alternate } = this.#call;
    return findRuleFaults(findFormat(this.#state), messages, { alternate, history });
  }

  /** Reads what the client's history and the window without edits break: rarely needed, because it takes all of the history. */
  async #readKnown(): Promise<{ readonly history: ReadonlySet<string>; readonly all: ReadonlySet<string> }> {
    if (this.#known !== undefined) return this.#known;
    const { end } = findEnd(this.#state);
    const messages = await this.#read(Array.from({ length: end }, (_, seq) => seq));
    const own = this.#find(messages, messages);
    const unedited = this.#find((await this.#call.compose([])).window.messages, messages);
    const list = (faults: readonly RuleFault[]): readonly string[] => faults.map(({ rule }) => rule);
    this.#known = { history: new Set(list(own)), all: new Set([...list(own), ...list(unedited)]) };
    return this.#known;
  }

  /** Returns the seqs with those of the reasoning items directly before them, which an item's id requires. */
  #addReasoning(seqs: readonly number[]): readonly number[] {
    const all = new Set(seqs);
    for (const seq of seqs) {
      for (let before = seq - 1; !all.has(before); before--) {
        const entry = this.#state.entries.at(before);
        if (entry === undefined || !itemFormats.has(entry.format) || !isReasoningOnly(entry)) break;
        all.add(before);
      }
    }
    return [...all].sort((a, b) => a - b);
  }

  /** Reads messages as the client sent them last. */
  async #read(seqs: readonly number[]): Promise<readonly unknown[]> {
    const { store, texts } = this.#context;
    const { view } = this.#state;
    const held = seqs.filter((seq) => view?.absent.has(seq) !== true);
    await texts.load(
      store,
      this.#state,
      held.filter((seq) => view?.forms.has(seq) !== true),
    );
    return held.map((seq) => {
      const form = view?.forms.get(seq);
      return form === undefined ? texts.value(seq, texts.json(seq)) : parseExact(form.json);
    });
  }
}

function readSeq(handle: string | undefined): number | undefined {
  return handle === undefined ? undefined : Number(handle.slice(1));
}
