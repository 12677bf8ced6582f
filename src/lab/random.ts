/** Random numbers that only depend on a seed: 32-bit integers, and fractions from 0 (included) to 1 (excluded). */
export interface RandomStream {
  readonly nextInteger: () => number;
  readonly nextFraction: () => number;
}

function mixWord(hash: number, word: number): number {
  let mixed = Math.imul(hash ^ word, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** Mixes three words into one 32-bit number that changes with each of them. Called at each step, so it allocates nothing. */
export function mixSeed(first: number, second: number, third = 0): number {
  return mixWord(mixWord(mixWord(0x9e3779b9, first), second), third) >>> 0;
}

/** Hashes a text to a 32-bit number (FNV-1a over UTF-16 code units). */
export function hashText(text: string): number {
  let hash = 2166136261;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 16777619);
  return hash >>> 0;
}

/** Makes a generator of random numbers from a seed: sfc32 of the PractRand suite. */
export function createRandom(seed: number): RandomStream {
  let a = mixSeed(seed, 1);
  let b = mixSeed(seed, 2);
  let c = mixSeed(seed, 3);
  let counter = 1;
  const nextInteger = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round++) nextInteger();
  return { nextInteger, nextFraction: () => nextInteger() / 4294967296 };
}

/** Fills `order` with 0 to order.length - 1 in a random order that only depends on seed and epoch. */
export function shuffle(order: Uint32Array, seed: number, epoch: number): void {
  const random = createRandom(mixSeed(seed, 0x0e90c4, epoch));
  for (let index = 0; index < order.length; index++) order[index] = index;
  for (let index = order.length - 1; index > 0; index--) {
    const other = Math.floor(random.nextFraction() * (index + 1));
    const kept = order[index] ?? 0;
    order[index] = order[other] ?? 0;
    order[other] = kept;
  }
}
