import type { ByteLedger } from "../../src/model/index.ts";
import { place } from "./figures.ts";
import type { Figures } from "./figures.ts";

/** Records the totals of a ledger by device and phase, and each item in order: kind, device, phase, bytes, confidence. */
export function addByteLedger(figures: Figures, path: string, ledger: ByteLedger): void {
  figures.add(`${path}/total`, ledger.totalBytes, ledger.atLeast);
  for (const { device, phase, bytes, atLeast } of ledger.totals)
    figures.add(`${path}/total/${device}/${phase}`, bytes, atLeast);
  for (const { kind, size, items } of ledger.byKind.kinds) figures.add(`${path}/kind/${kind}`, size, items);
  for (const [index, item] of ledger.items.entries())
    figures.add(
      `${path}/item/${place(index)}`,
      item.kind,
      item.device,
      item.phase,
      item.bytes,
      item.confidence,
      item.mapped === true ? "mapped" : "held",
    );
}

/** Records a ledger on one line: the total, then the bytes of each item with its kind. For areas with thousands of ledgers. */
export function addShortLedger(figures: Figures, path: string, ledger: ByteLedger): void {
  const items = ledger.items.map(
    ({ kind, device, phase, bytes, confidence, mapped }) =>
      `${kind}@${device}.${phase}=${bytes}${mapped === true ? "m" : ""}${confidence.charAt(0)}`,
  );
  figures.add(path, ledger.totalBytes, ledger.atLeast, ...items);
}
