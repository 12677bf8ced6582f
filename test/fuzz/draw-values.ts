import type { Random } from "./mutate.ts";

/** Draws one of several. */
export function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[random(items.length)] as Item;
}

/** Draws true once in `of`. */
export function once(random: Random, of: number): boolean {
  return random(of) === 0;
}

/** Makes a list of `length` items. */
export function listOf<Item>(length: number, make: (index: number) => Item): Item[] {
  return Array.from({ length }, (_, index) => make(index));
}

/** Numbers at which sums, products and loops break. */
export const oddNumbers: readonly number[] = [
  0,
  1,
  -1,
  0.5,
  7,
  255,
  65_536,
  2 ** 24,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  1e300,
];

/** Draws a size that models have, mostly a small one. */
export function drawSize(random: Random): number {
  return pick(random, [1, 2, 3, 4, 8, 16, 32, 64, 64, 128, 256, 1024]);
}

/** Draws a JSON value in place of another one. */
export function drawOdd(random: Random, depth = 0): unknown {
  const kind = random(depth > 2 ? 6 : 8);
  if (kind < 2) return pick(random, oddNumbers);
  if (kind === 2) return null;
  if (kind === 3) return once(random, 2);
  if (kind === 4)
    return pick(random, ["", "64", "constructor", "full_attention", "x".repeat(200), "\u0000\u001b[2J"]);
  if (kind === 5) return pick(random, ["float32", "bfloat16", "BF16", "linear", "relu"]);
  if (kind === 6) return listOf(random(5), () => drawOdd(random, depth + 1));
  return Object.fromEntries(
    listOf(random(4), (index) => [
      pick(random, ["a", "type", "name", `k${index}`]),
      drawOdd(random, depth + 1),
    ]),
  );
}

/** Copies fields; one in `of` gets an odd value or is left out. */
export function withOdd(
  random: Random,
  fields: Readonly<Record<string, unknown>>,
  of: number,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, value]) => {
      if (!once(random, of)) return [[key, value]];
      return once(random, 3) ? [] : [[key, drawOdd(random)]];
    }),
  );
}
