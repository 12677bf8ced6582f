/** Draws of a seeded generator. */
export interface Draw {
  /** A whole number from `min` to `max`. */
  integer(min: number, max: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<Value>(values: readonly Value[]): Value;
  /** Text of `count` words; some of them are facts that recall and stubs look for. */
  words(count: number): string;
}

const vocabulary =
  "port path server agent value config cache index trace token budget window error table".split(" ");

/** Makes a generator from a seed (mulberry32): equal seeds give equal conversations. */
export function drawFrom(seed: number): Draw {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  const pick = <Value>(values: readonly Value[]): Value => values[integer(0, values.length - 1)] as Value;
  return {
    integer,
    pick,
    chance: (probability) => next() < probability,
    words: (count) => Array.from({ length: count }, () => `${pick(vocabulary)}${integer(0, 99)}`).join(" "),
  };
}
