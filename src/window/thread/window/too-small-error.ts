import { LoadlineError } from "../../../shared/errors.ts";
import type { Hold } from "../../measures/holds.ts";
import type { Item } from "../../measures/layout.ts";
import type { Situation } from "../../measures/situation.ts";
import type { CheckedWindowOptions } from "../window-options.ts";

/** Pins that the message names; all are in its details. */
const maxNamedPins = 5;

/** Makes the error for a budget that what never leaves exceeds alone: says how much each part of it needs, and which pins hold room. */
export function makeTooSmallError({
  options,
  least,
  situation,
  estimate,
}: {
  readonly options: CheckedWindowOptions;
  /** Items of the smallest possible window. */
  readonly least: readonly Item[];
  readonly situation: Situation;
  /** Returns the real tokens of a window of these items, with the frame and the room for the answer. */
  readonly estimate: (items: readonly Item[]) => number;
}): LoadlineError {
  const budgetTokens = options.realBudgetTokens;
  const minTokens = estimate(least);
  const empty = estimate([]);
  const select = (...holds: readonly Hold[]): readonly Item[] =>
    least.filter((item) => {
      const hold = item.type === "entry" ? situation.holds.get(item.seq) : undefined;
      return hold !== undefined && holds.includes(hold);
    });
  const sum = (items: readonly Item[]): number => estimate(items) - empty;
  const request = select("request");
  const pins = select("pin").map((item) => `#${item.seq}`);
  const needs = [
    ["the system prompt and tools", empty - options.realAnswerTokens + sum(select("leading-system"))],
    ["the room for the answer", options.realAnswerTokens],
    [`the newest request (${request.map(({ seq }) => `#${seq}`).join()})`, sum(request)],
    [`the pins (${listSome(pins)})`, sum(select("pin"))],
    ["calls whose results are still to come", sum(select("open"))],
    ["the provider's newest compaction", sum(select("compaction"))],
    ["the calls that these answer or are answered by", sum(select("partner"))],
  ] as const;
  const stated = needs.filter(([, tokens]) => tokens > 0).map(([what, tokens]) => `${what} ${tokens}`);
  const cures = ["raise the budget", ...(pins.length > 0 ? [`unpin ${listSome(pins)}`] : [])];
  return new LoadlineError(
    "budget-too-small",
    `budgetTokens: got ${budgetTokens}, allowed: at least ${minTokens}, which remain when everything else has left the window: ${stated.join(", ")}. To go on, ${cures.join(", ")}, or pass overflow: "minimum"`,
    { details: { budgetTokens, minTokens, pins } },
  );
}

function listSome(handles: readonly string[]): string {
  const more = handles.length - maxNamedPins;
  return more <= 0 ? handles.join(", ") : `${handles.slice(0, maxNamedPins).join(", ")} and ${more} more`;
}
