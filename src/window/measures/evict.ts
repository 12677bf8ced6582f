import type { EditDraft } from "./draft.ts";
import type { EditReason, EditTarget } from "./edit.ts";
import { shownWhole } from "./fact-standing.ts";
import type { Standings } from "./fact-standing.ts";
import { itemTokens } from "./layout.ts";
import type { InsertedItem } from "./layout.ts";
import { exchangesOf } from "./protect.ts";
import type { Exchange } from "./protect.ts";
import type { Situation } from "./situation.ts";
import type { Entry } from "../store/store.ts";
import { composeStub } from "./stub.ts";
import type { StubText } from "./stub.ts";

/** Tokens a message of our own costs beside its text. */
export const messageOverhead = 4;
/** Stubs may take this share of what an edit leaves filled beside what must stay, */
const stubShare = 0.5;
/** but in small rooms up to so many tokens, or nine tenths of the room, */
const maxSmallRoomTokens = 300;
/** in large ones no more than this, */
const maxAllowanceTokens = 4_000;
/** and never more than a quarter of what left. */
const density = 0.25;
/** Stubs merged into one use this share of the allowance, so that the next one can be appended and they stay cached. */
const mergedShare = 0.7;

/** The room of a window beside what must stay, in tokens, and how much of it an edit leaves filled. */
export interface Room {
  readonly free: number;
  readonly target: number;
}

/**
 * Takes whole exchanges out of the window, oldest first, so that the newest ones and a stub fill the target. The stub stands
 * where its first entry stood. It is put behind earlier stubs, which stay as they are and cached; when that would cut a fact
 * worth keeping, all stubs merge into one.
 */
export function evictExchanges(
  situation: Situation,
  standings: Standings,
  room: Room,
  reason: EditReason,
): EditDraft | undefined {
  const stubs = situation.items.filter((item) => item.type === "stub") as readonly InsertedItem[];
  const open = exchangesOf(situation.items).filter((exchange) =>
    exchange.items.every((item) => !situation.protectedSeqs.has(item.seq)),
  );
  const gone = goneEntries(situation);
  const loose = [...open, ...gone].reduce((sum, { tokens }) => sum + tokens, 0);
  const most = Math.max(stubShare * room.target, Math.min(maxSmallRoomTokens, 0.9 * room.free));
  const allowance = Math.floor(Math.min(most, maxAllowanceTokens, Math.max(60, density * loose)));
  const leaving = leavingExchanges(open, room.target - allowance);
  const recalled = situation.items.filter((item) => item.type === "recalled") as readonly InsertedItem[];
  if (leaving.length === 0 && recalled.length === 0 && stubs.length === 0) return undefined;
  const fresh = leaving.flatMap((exchange) => exchange.items.map((item) => item.seq)).sort((a, b) => a - b);
  const stub = stubFor(situation, standings, {
    fresh,
    gone: gone.map((entry) => entry.seq),
    stubs,
    allowance,
    leaving,
  });
  return {
    measure: "evict",
    reason,
    why: `${fresh.length} ${fresh.length === 1 ? "message" : "messages"} left the window, oldest first; a stub keeps what they named`,
    targets: fresh.map((seq): EditTarget => ({ seq, part: undefined, text: undefined, tokens: 0 })),
    insertion:
      stub.text === undefined || stub.seqs.length === 0
        ? undefined
        : {
            beforeSeq: stub.seqs[0] ?? 0,
            text: stub.text.text,
            tokens: stub.text.tokens + messageOverhead,
            seqs: stub.seqs,
          },
    absorbs: [...stub.absorbs, ...recalled.map((item) => item.edit)],
  };
}

/** Entries that left the window before; also those that left when there was no room to leave a stub. */
function goneEntries(situation: Situation): readonly Entry[] {
  const shown = new Set(situation.items.flatMap((item) => (item.type === "entry" ? [item.seq] : [])));
  return situation.entries.filter((entry) => !shown.has(entry.seq));
}

/** All but the newest exchanges that fit; at the first that does not fit it and all older ones leave. */
function leavingExchanges(open: readonly Exchange[], tokens: number): readonly Exchange[] {
  let left = tokens;
  let from = open.length;
  while (from > 0) {
    const next = open[from - 1]?.tokens ?? 0;
    if (next > left) break;
    left -= next;
    from -= 1;
  }
  return open.slice(0, from);
}

interface StubWork {
  readonly fresh: readonly number[];
  readonly gone: readonly number[];
  readonly stubs: readonly InsertedItem[];
  readonly allowance: number;
  readonly leaving: readonly Exchange[];
}

interface ChosenStub {
  readonly text: StubText | undefined;
  readonly seqs: readonly number[];
  readonly absorbs: readonly number[];
}

function stubFor(situation: Situation, standings: Standings, work: StubWork): ChosenStub {
  const fresh = new Set(work.fresh);
  const stays = new Set([...shownWhole(situation.items)].filter((seq) => !fresh.has(seq)));
  const compose = (seqs: readonly number[], limit: number, wholeOnly: boolean): StubText | undefined =>
    composeStub(
      {
        seqs,
        standings,
        factsOfEntry: situation.factsOfEntry,
        stays: (seq) => stays.has(seq),
        standingText: situation.standingText,
        limitTokens: limit - messageOverhead,
        nextSeq: situation.nextSeq,
        labelOf: situation.labelOf,
        countTokens: situation.countTokens,
      },
      wholeOnly,
    );
  if (work.stubs.length > 0 && work.fresh.length > 0) {
    const freed = work.leaving.reduce((sum, exchange) => sum + exchange.tokens, 0);
    const spare = Math.min(work.allowance - itemTokens(work.stubs), freed);
    const text = compose(work.fresh, spare, true);
    if (text !== undefined) return { text, seqs: work.fresh, absorbs: [] };
  }
  const seqs = [...new Set([...work.gone, ...work.fresh])].sort((a, b) => a - b);
  const limit = work.stubs.length > 0 ? Math.floor(work.allowance * mergedShare) : work.allowance;
  return { text: compose(seqs, limit, false), seqs, absorbs: work.stubs.map((stub) => stub.edit) };
}
