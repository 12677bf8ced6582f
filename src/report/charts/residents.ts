import type { Program, StepLedgerItem } from "../../lab/index.ts";

/** An item of the step's ledger with the first and last operation during which it is in the arena, from 0, inclusive. */
export interface Resident {
  readonly item: StepLedgerItem;
  readonly first: number;
  readonly last: number;
}

type Block = Program["arenaPlan"]["blocks"][number];

/** Lists how long each tensor of a block occupies it: a tensor that takes the block over ends the stay of the one before. */
function listStays(
  block: Block,
  firstWrite: ReadonlyMap<number, number>,
): readonly { readonly id: number; readonly first: number; readonly last: number }[] {
  const entered = block.tensors
    .map((id) => ({ id, first: id === block.tensor ? block.first : (firstWrite.get(id) ?? block.first) }))
    .toSorted((a, b) => a.first - b.first);
  return entered.map(({ id, first }, index) => ({
    id,
    first,
    last: (entered[index + 1]?.first ?? block.last + 1) - 1,
  }));
}

function findFirstWrites(program: Program): ReadonlyMap<number, number> {
  const first = new Map<number, number>();
  program.graph.step.forEach((operation, index) => {
    for (const id of operation.writes) if (id !== undefined && !first.has(id)) first.set(id, index);
  });
  return first;
}

function makeKey(label: string, offset: number, bytes: number): string {
  return `${offset} ${bytes} ${label}`;
}

/**
 * Lists every item of a program's ledger with its stay in the arena, in the ledger's order. A block that several tensors
 * occupy in turn gives one resident for each, so that the drawing has the kinds that the ledger counts.
 */
export function listResidents(program: Program): readonly Resident[] {
  const { graph, ledger, arenaPlan } = program;
  const written = findFirstWrites(program);
  const stays = new Map<string, { readonly first: number; readonly last: number }[]>();
  for (const block of arenaPlan.blocks) {
    for (const stay of listStays(block, written)) {
      const key = makeKey(graph.tensors[stay.id]?.label ?? "", block.offset, block.bytes);
      stays.set(key, [...(stays.get(key) ?? []), stay]);
    }
  }
  const whole = { first: 0, last: Math.max(0, graph.step.length - 1) };
  return ledger.items.map((item) => {
    // Items that no operation names, such as the program itself, stay from the first operation to the last.
    const stay = stays.get(makeKey(item.label, item.offset, item.bytes))?.shift() ?? whole;
    return { item, first: stay.first, last: stay.last };
  });
}

/** Sums the bytes of each kind at each operation of a step: `bytes.get(kind)?.[operation]`. */
export function sumBytesByKind(
  residents: readonly Resident[],
  operations: number,
): ReadonlyMap<string, readonly number[]> {
  // Differences at both ends of each stay, then a running sum: one pass, however long the stays are.
  const changes = new Map<string, number[]>();
  for (const { item, first, last } of residents) {
    const row = changes.get(item.kind) ?? Array.from({ length: operations + 1 }, () => 0);
    row[first] = (row[first] ?? 0) + item.bytes;
    row[last + 1] = (row[last + 1] ?? 0) - item.bytes;
    changes.set(item.kind, row);
  }
  return new Map(
    [...changes].map(([kind, row]) => {
      let sum = 0;
      return [kind, row.slice(0, operations).map((change) => (sum += change))];
    }),
  );
}
