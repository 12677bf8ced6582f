import { createHash } from "node:crypto";
import { LoadlineError } from "../../shared/errors.ts";
import type { LabelledText } from "./labelled-text.ts";
import { maxLabels } from "./limits.ts";

/** Texts for training and for testing, with the names of their classes. */
export interface SplitTexts {
  readonly train: readonly LabelledText[];
  readonly test: readonly LabelledText[];
  /** In alphabetical order; a class's number is its index. */
  readonly classes: readonly string[];
  /** Number of texts that were dropped because the same text came before. */
  readonly duplicates: number;
}

/** Reduces a text to its letters and digits: texts with the same ones are duplicates. */
function normalForm(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/**
 * Drops duplicates and splits texts by their hash, so that a text is always in the same part, whatever the other texts are.
 * Errors: `invalid-data` if a class has no text in one of the parts.
 */
export function splitTexts(texts: readonly LabelledText[], file: string, testShare = 0.2): SplitTexts {
  const seen = new Set<string>();
  const train: LabelledText[] = [];
  const test: LabelledText[] = [];
  for (const each of texts) {
    const hash = createHash("sha256").update(normalForm(each.text)).digest("hex");
    if (seen.has(hash)) continue;
    seen.add(hash);
    const side = Number.parseInt(hash.slice(0, 8), 16) / 0x1_0000_0000;
    (side < testShare ? test : train).push(each);
  }
  const classes = [...new Set(texts.map((each) => each.label))].sort();
  if (classes.length < 2 || classes.length > maxLabels) {
    throw new LoadlineError(
      "invalid-data",
      `${file}: got ${classes.length} classes, allowed: 2 to ${maxLabels}`,
    );
  }
  for (const [side, part] of [
    ["train", train],
    ["test", test],
  ] as const) {
    const there = new Set(part.map((each) => each.label));
    const missing = classes.find((name) => !there.has(name));
    if (missing !== undefined) {
      throw new LoadlineError(
        "invalid-data",
        `${file}: the class ${JSON.stringify(missing)} has no ${side} text; add more texts of it, or remove it`,
      );
    }
  }
  return { train, test, classes, duplicates: texts.length - seen.size };
}
