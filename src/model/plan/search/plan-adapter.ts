import type { ByteLedger } from "../../ledger/byte-ledger.ts";
import type { Measure } from "./measure.ts";
import type { PlanSettings } from "../request/plan-settings.ts";

/** Bytes that a device would hold in its fullest phase, and its budget. */
export interface Need {
  readonly device: string;
  readonly phase: string;
  readonly bytes: number;
  readonly budgetBytes: number;
}

/** How often one candidate is shrunk, and grown back, before the search drops it. */
export const maxShrinks = 12;

/** What the search knows of an engine: its states, what they hold, and how long they take. */
export interface PlanAdapter<State> {
  readonly start: State;
  readonly measures: readonly Measure<State>[];
  /** Returns a lower bound of the seconds for the workload once. */
  readonly seconds: (state: State) => number;
  /** Returns false where the state cannot fit however often it is shrunk. Cheap: builds no ledger. */
  readonly mayFit: (state: State) => boolean;
  /** Counts all bytes, item by item. */
  readonly ledger: (state: State) => ByteLedger;
  /** Lists every device of a ledger with its budget. */
  readonly needs: (ledger: ByteLedger) => readonly Need[];
  /** Returns what the engine is started with in that state. */
  readonly settings: (state: State) => PlanSettings;
  /** Moves a little off the devices, step by step; undefined when nothing is left to move. */
  readonly shrink?: (state: State) => State | undefined;
  /** Undoes one step of `shrink`. */
  readonly grow?: (state: State) => State | undefined;
}

/** Lists every device of a ledger with its budget; the host only where it has one. */
export function listNeeds(
  ledger: ByteLedger,
  budgets: { readonly device: number; readonly host: number | undefined },
): readonly Need[] {
  return ledger.totals.flatMap(({ device, phase, bytes }): readonly Need[] => {
    const budgetBytes = device === "host" ? budgets.host : budgets.device;
    return budgetBytes === undefined ? [] : [{ device, phase, bytes, budgetBytes }];
  });
}

/** Returns true where a device would hold more than its budget. */
export function isOverBudget(needs: readonly Need[]): boolean {
  return needs.some((need) => need.bytes > need.budgetBytes);
}

/** Returns the fullest device: the one with the least room left. */
export function bindingNeed(needs: readonly Need[]): Need {
  const [first, ...rest] = needs;
  const none: Need = { device: "host", phase: "load", bytes: 0, budgetBytes: 0 };
  return rest.reduce(
    (fullest, need) => (need.budgetBytes - need.bytes < fullest.budgetBytes - fullest.bytes ? need : fullest),
    first ?? none,
  );
}
