import type { Draw } from "../random.ts";

/** One message of a generated conversation. */
export type RandomMessage = Readonly<Record<string, unknown>>;

/** Messages that arrive between two windows, step by step. */
export type Steps = readonly (readonly RandomMessage[])[];

/** Makes the messages of one turn. `ids` numbers calls and items across the conversation. */
export type MakeTurn = (draw: Draw, ids: { next: number }, isFirst: boolean) => Steps;

/** Returns a result's text: of nothing, of a few words, or of hundreds. */
export function resultText(draw: Draw): string {
  return draw.words(draw.pick([0, 3, 40, 200, 900]));
}
