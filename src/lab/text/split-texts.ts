import { createHash } from "node:crypto";
import { LoadlineError } from "../../shared/errors.ts";
import type { LabelledText } from "./labelled-text.ts";
import { maxLabels } from "./limits.ts";

/** Texts in two parts, with the names of their classes. */
export interface SplitTexts {
  readonly train: readonly LabelledText[];
  readonly test: readonly LabelledText[];
  /** In order of their names; a class's number is its place. */
  readonly classes: readonly string[];
  /** Texts that were left out because the same text was there before. */
  readonly duplicates: number;
}

/** What makes two texts the same: their letters and digits, without case, space and marks. */
function normalForm(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

/**
 * Drops duplicates and splits by the hash of the text, so that a text is always on the same side, whatever stands beside it.
 * Errors: `invalid-data` where a class has no text on one of the sides.
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
        `${file}: got no ${side} text of the class ${JSON.stringify(missing)}, allowed: at least one of each class in both parts`,
      );
    }
  }
  return { train, test, classes, duplicates: texts.length - seen.size };
}
