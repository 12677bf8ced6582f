import { LoadlineError } from "../shared/errors.ts";
import { describeValue } from "../shared/options.ts";
import { GiB, KiB, MiB } from "../shared/units.ts";

function refuse(name: string, text: string | undefined, allowed: string): never {
  throw new LoadlineError("invalid-option", `--${name}: got ${describeValue(text)}, allowed: ${allowed}`, {
    details: { option: `--${name}` },
  });
}

/** Reads a whole number of at least `min`. Errors: `invalid-option`. */
export function readWhole(name: string, text: string | undefined, min: number): number {
  const value = /^\d+$/.test(text ?? "") ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value) || value < min) refuse(name, text, `a whole number from ${min}`);
  return value;
}

/** Reads a number such as 0.001 or 1e-3, from `min` to `max`. */
export function readFraction(name: string, text: string | undefined, min: number, max: number): number {
  const value = /^\d*\.?\d+(?:e-?\d+)?$/i.test(text ?? "") ? Number(text) : Number.NaN;
  if (!Number.isFinite(value) || value < min || value > max)
    refuse(name, text, `a number from ${min} to ${max}`);
  return value;
}

/** A longer range is a mistake: each number of it is a training run. */
const maxRange = 10_000;

/** Reads whole numbers: `8,32,128`, `0..6`, or both. Errors: `invalid-option`. */
export function readWholes(name: string, text: string | undefined, min: number): readonly number[] {
  const parts = (text ?? "").split(",").flatMap((part) => {
    const range = /^(\d+)\.\.(\d+)$/.exec(part.trim());
    if (range === null) return [readWhole(name, part.trim(), min)];
    const from = readWhole(name, range[1], min);
    const to = readWhole(name, range[2], from);
    if (to - from >= maxRange) refuse(name, text, `ranges of up to ${maxRange} numbers`);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
  return [...new Set(parts)];
}

const units: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1000,
  kb: 1000,
  kib: KiB,
  m: 1_000_000,
  mb: 1_000_000,
  mib: MiB,
  g: 1_000_000_000,
  gb: 1_000_000_000,
  gib: GiB,
  t: 1e12,
  tb: 1e12,
  tib: 1024 ** 4,
};

/** Reads a number of bytes: `1MiB`, `512 KiB`, `1.5GB`, `65536`. */
export function readByteCount(name: string, text: string | undefined): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec((text ?? "").trim().replaceAll(",", ""));
  const unit = units[(match?.[2] ?? "").toLowerCase()];
  const value = match === null || unit === undefined ? Number.NaN : Math.floor(Number(match[1]) * unit);
  if (!Number.isSafeInteger(value) || value < 1)
    refuse(name, text, "a number of bytes such as 1MiB or 512KiB");
  return value;
}

/**
 * Reads the tokens of a context: `32768`, `32k` or `1m`. Contexts are powers of two, as in model cards, so k is 1,024 here.
 * Errors: `invalid-option`.
 */
export function readContext(name: string, text: string | undefined): number {
  const match = /^(\d+(?:\.\d+)?)([km]?)$/i.exec((text ?? "").replaceAll(/[,_]/g, ""));
  const scale = { "": 1, k: 1024, m: 1024 ** 2 }[(match?.[2] ?? "").toLowerCase()];
  const value = match === null || scale === undefined ? Number.NaN : Number(match[1]) * scale;
  if (!Number.isSafeInteger(value) || value < 1)
    refuse(name, text, "a number of tokens such as 32768 or 32k (k is 1,024)");
  return value;
}

/** Reads `on` or `off`, also `true` and `false`, `1` and `0`. */
export function readSwitch(name: string, text: string | undefined): boolean {
  const word = (text ?? "").toLowerCase();
  if (["on", "true", "1", "yes"].includes(word)) return true;
  if (["off", "false", "0", "no"].includes(word)) return false;
  return refuse(name, text, "on or off");
}
