import { saysNothing } from "./align-history.ts";
import type { Alignment, StoredHistory } from "./align-history.ts";

/**
 * Returns the indexes of the sent messages, the first new one included, at which a history shows less than what is stored: a message
 * came smaller, or entries before it are not sent. Up to there it holds every word of the stored one. `slots.length` is for what
 * the stored history still holds before the first new message.
 */
export function listDoubts({ slots, at }: Alignment, stored: StoredHistory): readonly number[] {
  const doubts: number[] = [];
  let next = 0;
  for (const [index, { seq, before, relation }] of slots.entries()) {
    const place = seq ?? before;
    if (relation === "reduced" || hasWords(stored, next, place)) doubts.push(index);
    next = Math.max(next, seq === undefined ? place : seq + 1);
  }
  if (hasWords(stored, next, at)) doubts.push(slots.length);
  return doubts;
}

/** Returns true if one of these entries says something. */
function hasWords(stored: StoredHistory, from: number, to: number): boolean {
  for (let seq = from; seq < to; seq++) {
    const entry = stored.at(seq);
    if (entry !== undefined && !saysNothing(entry)) return true;
  }
  return false;
}

/** Returns an alignment up to a message: from there on the history is another one. `sentLength` is the number of sent messages. */
export function endAlignment(
  alignment: Alignment,
  index: number,
  { stored, sentLength }: { readonly stored: StoredHistory; readonly sentLength: number },
): Alignment {
  const slots = alignment.slots.slice(0, index);
  const at = slots.reduce((end, { seq, before }) => Math.max(end, seq === undefined ? before : seq + 1), 0);
  const ended = { slots, at, end: at, absent: new Set([...alignment.absent].filter((seq) => seq < at)) };
  if (index === sentLength) return { ...alignment, ...ended };
  const isShared = slots.some(({ seq }) => {
    const entry = seq === undefined ? undefined : stored.at(seq);
    return entry !== undefined && entry.role !== "system" && !saysNothing(entry);
  });
  if (!isShared) return { relation: "foreign", slots: [], at: 0, end: 0, absent: new Set(), tail: undefined };
  return { relation: "fork", ...ended, tail: undefined };
}
