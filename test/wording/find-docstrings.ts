import { Visitor } from "oxc-parser";
import type { Fault } from "./find-phrases.ts";
import type { Source } from "./source-text.ts";

/** First words of a docstring that describes a value in place of what the function does. */
const nouns = new Set(
  `The A An What True False How Where Why Which All Both Each Every One Two Three Four Several Many Most Any Another Other
  Attention Bytes Code Contexts Devices Elements Experts Files Gradients Images Inputs Keys Largest Layers Length Maximum Mean Name Nothing
  Operations Order Output Parameters Parts Path Peak Pictures Pieces Positions Product Queries Room Rows Seconds Sequences Settings
  Shape Share Size State Sum Tensors Text Texts Time Tokens Type Types Undefined Values Version Weights Width Widths Windows Workspace`.split(
    /\s+/,
  ),
);

/** Finds functions whose docstring does not begin with a verb. */
export function findDocstrings(source: Source): readonly Fault[] {
  const faults: Fault[] = [];
  const docs = source.pieces.filter(({ kind, isDocstring }) => kind === "comment" && isDocstring === true);
  new Visitor({
    FunctionDeclaration: (node) => {
      if (node.id === null) return;
      const line = source.lineAt(node.start);
      const doc = docs.find((piece) => piece.endLine === line - 1);
      const [word = ""] = doc?.text.trimStart().split(/[\s,:;.]/) ?? [];
      if (doc === undefined || !nouns.has(word)) return;
      const found = `docstring of ${node.id.name}: ${doc.text.trim().slice(0, 40).split("\n")[0] ?? ""}`;
      faults.push({ path: source.path, line: doc.line, found, instead: "Returns …, Reads …, Whether …" });
    },
  }).visit(source.program);
  return faults;
}
