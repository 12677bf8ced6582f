import { parseSync, Visitor } from "oxc-parser";
import type { Program } from "oxc-parser";

/** A text that people read, with the line it starts at. */
export interface Piece {
  readonly kind: "comment" | "string" | "title";
  readonly line: number;
  readonly text: string;
  /** Of a comment: whether it begins with two stars, and the line it ends at. */
  readonly isDocstring?: boolean;
  readonly endLine?: number;
}

/** A file taken apart: its program, and every text in it. */
export interface Source {
  readonly path: string;
  readonly pieces: readonly Piece[];
  readonly program: Program;
  /** Line of an offset, from 1. */
  readonly lineAt: (offset: number) => number;
}

const titleFunctions = new Set(["describe", "test", "it"]);

/** Line numbers by offset: a binary search over where lines begin. */
function lineFinder(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return low + 1;
  };
}

/** Returns the text of a block comment without the stars that begin its lines; line breaks stay, so that lines can be counted. */
function bareComment(value: string): string {
  return value.replaceAll(/^[ \t]*\*+ ?/gm, "");
}

/** Returns the name that a call begins with: `test` in `test.each(rows)("title", …)`. */
function calledName(node: unknown): string | undefined {
  let at = node as
    | { type?: string; name?: string; object?: unknown; callee?: unknown; tag?: unknown }
    | undefined;
  while (at !== undefined && at.type !== "Identifier") at = (at.object ?? at.callee ?? at.tag) as typeof at;
  return at?.name;
}

/** Comments of a file; line comments on consecutive lines count as one. */
function commentsOf(
  comments: readonly {
    readonly type: string;
    readonly value: string;
    readonly start: number;
    readonly end: number;
  }[],
  text: string,
  lineAt: (offset: number) => number,
): readonly Piece[] {
  const pieces: (Omit<Piece, "endLine"> & { text: string; end: number; readonly joins: boolean })[] = [];
  for (const { type, value, start, end } of comments) {
    const last = pieces.at(-1);
    const own = /^[ \t]*$/.test(text.slice(text.lastIndexOf("\n", start - 1) + 1, start));
    const body = type === "Line" ? value.replace(/^ /, "") : bareComment(value);
    if (
      last !== undefined &&
      last.joins &&
      own &&
      type === "Line" &&
      /^\r?\n[ \t]*$/.test(text.slice(last.end, start))
    ) {
      last.text += `\n${body}`;
      last.end = end;
    } else
      pieces.push({
        kind: "comment",
        line: lineAt(start),
        text: body,
        end,
        joins: type === "Line" && own,
        isDocstring: type === "Block" && value.startsWith("*"),
      });
  }
  return pieces.map(({ kind, line, text: body, isDocstring, end }) => ({
    kind,
    line,
    text: body,
    isDocstring: isDocstring === true,
    endLine: lineAt(end - 1),
  }));
}

/**
 * Reads a TypeScript file into its comments and strings. Names of modules are left out. In a test only titles count
 * among the strings: the others are data.
 * @param isTest whether the file holds tests or benches
 */
export function readSource(path: string, text: string, isTest: boolean): Source {
  const { program, comments } = parseSync(path, text);
  const lineAt = lineFinder(text);
  const pieces: Piece[] = [...commentsOf(comments, text, lineAt)];
  const modules = new Set<number>();
  const titles = new Set<number>();
  const strings: { start: number; text: string }[] = [];
  new Visitor({
    ImportDeclaration: (node) => void modules.add(node.source.start),
    ExportNamedDeclaration: (node) => void (node.source === null || modules.add(node.source.start)),
    CallExpression: (node) => {
      const [title] = node.arguments;
      if (title === undefined || !titleFunctions.has(calledName(node.callee) ?? "")) return;
      if (title.type === "Literal") titles.add(title.start);
      if (title.type === "TemplateLiteral") for (const { start } of title.quasis) titles.add(start);
    },
    Literal: (node) =>
      void (typeof node.value === "string" && strings.push({ start: node.start, text: node.value })),
    TemplateElement: (node) =>
      void strings.push({ start: node.start, text: node.value.cooked ?? node.value.raw }),
  }).visit(program);
  for (const { start, text: value } of strings) {
    if (modules.has(start)) continue;
    const kind = titles.has(start) ? "title" : "string";
    if (kind === "title" || !isTest) pieces.push({ kind, line: lineAt(start), text: value });
  }
  return { path, pieces, program, lineAt };
}
