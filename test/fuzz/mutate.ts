/** Draws a whole number below a bound. */
export type Random = (below: number) => number;

/** Returns a generator by Mulberry32, with 32 bits of state. The same seed gives the same numbers. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Numbers at which counts and sizes break: signs, powers of two, limits of readers. */
const edges: readonly bigint[] = [
  0n,
  1n,
  31n,
  2n ** 16n - 1n,
  2n ** 16n + 1n,
  2n ** 20n,
  2n ** 31n,
  2n ** 32n - 1n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 60n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** Pieces of JSON that break readers. */
const jsonPieces: readonly string[] = [
  '"__proto__":{},',
  '"constructor":1,',
  "[".repeat(300),
  '{"a":'.repeat(300),
  "1e999",
  "-1",
  "9007199254740993",
  "null",
  '"\\ud800"',
  "\u0000",
  "[],".repeat(2000),
];

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

function splice(bytes: Uint8Array, at: number, removed: number, piece: Uint8Array): Uint8Array {
  const joined = new Uint8Array(at + piece.length + Math.max(0, bytes.length - at - removed));
  joined.set(bytes.subarray(0, at));
  joined.set(piece, at);
  joined.set(bytes.subarray(at + removed), at + piece.length);
  return joined;
}

const mutations: readonly Mutation[] = [
  // Flips a bit.
  (bytes, random) => {
    const changed = bytes.slice();
    const at = random(bytes.length);
    changed[at] = (changed[at] ?? 0) ^ (1 << random(8));
    return changed;
  },
  // Changes a byte.
  (bytes, random) => {
    const changed = bytes.slice();
    changed[random(bytes.length)] = random(256);
    return changed;
  },
  // Cuts the end off.
  (bytes, random) => bytes.slice(0, random(bytes.length + 1)),
  // Changes a count of four or eight bytes.
  (bytes, random) => {
    const changed = bytes.slice();
    const view = new DataView(changed.buffer);
    const value = edges[random(edges.length)] ?? 0n;
    const width = random(2) === 0 ? 4 : 8;
    if (changed.length < width) return changed;
    const at = random(changed.length - width + 1);
    if (width === 4) view.setUint32(at, Number(value & 0xff_ff_ff_ffn), true);
    else view.setBigUint64(at, value, true);
    return changed;
  },
  // Replaces bytes with a piece of another file, of any format.
  (bytes, random, other) => {
    const from = random(other.length);
    const piece = other.subarray(from, from + 1 + random(64));
    return splice(bytes, random(bytes.length + 1), random(64), piece);
  },
  // Repeats a piece.
  (bytes, random) => {
    const from = random(bytes.length);
    return splice(bytes, random(bytes.length + 1), 0, bytes.subarray(from, from + 1 + random(256)));
  },
  // Inserts a piece of JSON, or replaces a digit with it.
  (bytes, random) => {
    const piece = new TextEncoder().encode(jsonPieces[random(jsonPieces.length)]);
    const at = random(bytes.length + 1);
    const digit = bytes.findIndex((byte, index) => index >= at && byte >= 0x30 && byte <= 0x39);
    return digit >= 0 && random(2) === 0 ? splice(bytes, digit, 1, piece) : splice(bytes, at, 0, piece);
  },
];

/** Makes one to four changes to a file. Foreign pieces are from `other`. */
export function mutate(bytes: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  let changed = bytes;
  for (let count = 1 + random(4); count > 0; count--) {
    const mutation = mutations[random(mutations.length)];
    if (mutation !== undefined && changed.length > 0) changed = mutation(changed, random, other);
  }
  return repairLength(changed, random);
}

/** Corrects the header length of a safetensors file in half of the rounds, most of which would end at it otherwise. */
function repairLength(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length < 10 || bytes[8] !== 0x7b || random(2) === 0) return bytes;
  const end = bytes.lastIndexOf(0x7d);
  const repaired = bytes.slice();
  if (end > 8) new DataView(repaired.buffer).setBigUint64(0, BigInt(end - 7), true);
  return repaired;
}
