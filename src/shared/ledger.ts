/** One item that occupies working memory. `size` is in the ledger's unit; undefined if unknown. */
export interface LedgerItem {
  readonly kind: string;
  readonly label: string;
  readonly size: number | undefined;
}

/** The total of one kind. `atLeast` is true if it includes an item of unknown size. */
export interface LedgerKind {
  readonly kind: string;
  readonly size: number;
  readonly items: number;
  readonly atLeast: boolean;
}

/** What fills a working memory, by kind, largest first. */
export interface Ledger {
  readonly unit: "tokens" | "bytes";
  readonly kinds: readonly LedgerKind[];
  readonly total: number;
  /** True if the total includes an item of unknown size. */
  readonly atLeast: boolean;
}

/** Adds up items by kind. An unknown size adds nothing and marks its kind and the total "at least". */
export function buildLedger(
  unit: Ledger["unit"],
  items: Iterable<Pick<LedgerItem, "kind" | "size">>,
): Ledger {
  const kinds = new Map<string, { size: number; items: number; atLeast: boolean }>();
  let total = 0;
  let atLeast = false;
  for (const item of items) {
    const row = kinds.get(item.kind) ?? { size: 0, items: 0, atLeast: false };
    row.items++;
    if (item.size === undefined) {
      row.atLeast = true;
      atLeast = true;
    } else {
      row.size += item.size;
      total += item.size;
    }
    kinds.set(item.kind, row);
  }
  const sorted = [...kinds]
    .map(([kind, row]) => ({ kind, ...row }))
    .sort((a, b) => b.size - a.size || (a.kind < b.kind ? -1 : 1));
  return { unit, kinds: sorted, total, atLeast };
}
