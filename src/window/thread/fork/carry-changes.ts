import type { Edit, Insertion } from "../../measures/edit.ts";
import type { ThreadChange } from "../state/thread-events.ts";
import type { ThreadState } from "../state/thread-state.ts";

interface Keyed {
  readonly key: string;
  readonly seq: number;
}

/**
 * Pairs the entries of a thread from a place on with those of a fork that say the same, in order: the fork keeps their edits. Returns
 * the fork's seq by the thread's. Linear.
 */
export function pairByKey(
  thread: { readonly length: number; at(index: number): { readonly key: string } | undefined },
  fork: readonly Keyed[],
  at: number,
): ReadonlyMap<number, number> {
  const places = new Map<string, number[]>();
  for (const { key, seq } of fork) {
    const list = places.get(key);
    if (list === undefined) places.set(key, [seq]);
    else list.push(seq);
  }
  const pairs = new Map<number, number>();
  let last = -1;
  for (let seq = at; seq < thread.length; seq++) {
    const key = thread.at(seq)?.key ?? "";
    const list = places.get(key);
    // Only the first place behind the last pair keeps the order.
    const first = list?.findIndex((place) => place > last) ?? -1;
    const next = list?.splice(0, first + 1).at(-1);
    if (next === undefined || first === -1) continue;
    pairs.set(seq, next);
    last = next;
  }
  return pairs;
}

/**
 * Returns the changes that a fork at a place inherits: the frame, pins, and the edits that touch only entries it holds. An edit whose
 * text could tell of an entry that the fork does not hold is left out as a whole.
 */
export function carryChanges(
  state: ThreadState,
  at: number,
  places: ReadonlyMap<number, number>,
): readonly ThreadChange[] {
  const place = (seq: number): number | undefined => (seq < at ? seq : places.get(seq));
  const changes: ThreadChange[] = [];
  const { lead: _, gone: __, ...frame } = state.frame;
  if (Object.values(frame).some((text) => text !== undefined))
    changes.push({ kind: "frame", frame: { ...state.frame, lead: [], gone: [] } });
  if (state.format !== undefined) changes.push({ kind: "format", format: state.format });
  const pins = [...state.pins].flatMap((seq) => place(seq) ?? []);
  if (pins.length > 0) changes.push({ kind: "pin", seqs: pins });
  const numbers = new Map<number, number>();
  for (const edit of state.edits) {
    const isLeft = state.undone.has(edit.number) || (edit.upTo !== undefined && at > edit.upTo);
    const carried = isLeft ? undefined : carryEdit(edit, place, numbers);
    if (carried !== undefined) changes.push({ kind: "edit", edit: carried });
  }
  return changes;
}

/** Moves an edit to the fork's places and gives it the fork's next number; undefined if the fork lacks something of it. */
function carryEdit(
  edit: Edit,
  place: (seq: number) => number | undefined,
  numbers: Map<number, number>,
): Edit | undefined {
  const insertion = edit.insertion === undefined ? undefined : carryInsertion(edit.insertion, place);
  if (edit.insertion !== undefined && insertion === undefined) return undefined;
  const targets = edit.targets.flatMap((target) => {
    const seq = place(target.seq);
    return seq === undefined ? [] : [{ ...target, seq }];
  });
  if (targets.length < edit.targets.length || !keepsHandles(edit, place)) return undefined;
  // Without the insertion that this edit removes, the texts of that insertion would stay in the window.
  const absorbs = edit.absorbs.flatMap((number) => numbers.get(number) ?? []);
  const number = numbers.size + 1;
  numbers.set(edit.number, number);
  const { upTo: _, ...kept } = edit;
  return { ...kept, number, targets, insertion, absorbs };
}

/** Handles in our own texts are numbers of entries: they hold in the fork if those entries keep their numbers. */
function keepsHandles(edit: Edit, place: (seq: number) => number | undefined): boolean {
  const texts = edit.targets.flatMap(({ text }) => text ?? []);
  if (texts.length === 0 && edit.insertion === undefined) return true;
  const named = texts.flatMap((text) => [...text.matchAll(/#(\d{1,9})/g)].map((match) => Number(match[1])));
  const touched = [...edit.targets.map(({ seq }) => seq), ...(edit.insertion?.seqs ?? []), ...named];
  return touched.every((seq) => place(seq) === seq);
}

function carryInsertion(
  insertion: Insertion,
  place: (seq: number) => number | undefined,
): Insertion | undefined {
  const beforeSeq = place(insertion.beforeSeq);
  const seqs = insertion.seqs.flatMap((seq) => place(seq) ?? []);
  if (beforeSeq === undefined || seqs.length < insertion.seqs.length) return undefined;
  return { ...insertion, beforeSeq, seqs };
}
