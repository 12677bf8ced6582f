/** A line that may hold a banned phrase. */
interface Exception {
  readonly path: string;
  /** Part of the line, or of what is found in it. */
  readonly text: string;
  readonly reason: string;
}

/** Places that may keep a banned phrase, each with its reason. */
export const exceptions: readonly Exception[] = [
  {
    path: "src/window/recall/words/irregular-forms.ts",
    text: "told",
    reason: "a form of a verb in the table of irregular forms",
  },
  {
    path: "src/window/store/sqlite/upgrades/3-keys-and-texts.ts",
    text: "asked",
    reason: "the saved name of a reason in stores of version 2",
  },
];
