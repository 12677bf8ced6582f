import { Visitor } from "oxc-parser";
import type { Expression } from "oxc-parser";
import type { Fault } from "./find-phrases.ts";
import type { Source } from "./source-text.ts";

/** Superlatives that name a limit where `max…` and `min…` belong. */
const limitName = /^(?:most|least|fewest)(?=[A-Z])/;
const constantLimitName =
  /^(?:longest|largest|greatest|biggest|highest|deepest|widest|smallest|shortest|lowest)(?=[A-Z])/;

/** Participles without the ending -ed that were used as names of functions. */
const irregular =
  /^(?:shown|grown|kept|held|given|taken|written|built|broken|known|drawn|made|found|left|sent|chosen|told)(?=[A-Z]|$)/;
/** Verbs that end like a participle. */
const verbs = /^(?:embed|read|need|feed|seed|shed|speed|exceed|proceed|succeed)(?=[A-Z]|$)/;

/** Names and words that a comment may begin with although they are in lower case. */
const lowercaseNames =
  /^(?:vLLM|llama\.cpp|ggml|npm|macOS|iOS|zod|knip|oxlint|oxfmt|tsc|node|git|v8|eslint|ts-|https?:|@|#|e\.g\.|i\.e\.)/;

/** Whether a function's name is a participle: `numbered` for `numberEdits`, `vllmSized` for `sizeForVllm`. */
function isParticiple(name: string): boolean {
  // A function that makes an error is named for it: lockedError, layerFault.
  if (/(?:Error|Fault)$/.test(name)) return false;
  if (irregular.test(name)) return true;
  if (/^[a-z]+ed(?=[A-Z]|$)/.test(name)) return !verbs.test(name);
  return /[a-z](?:Sized|Named|Normed|Transposed|Compared|Shown|Kept|Held|Taken|Grown|Drawn|Given)$/.test(name)
    ? !/^(?:is|are|was|were|has|had|can|not)[A-Z]/.test(name)
    : false;
}

/** Whether an expression is a number written out: 3, 64 * 1024, -1. */
function isNumber(node: Expression | null): boolean {
  if (node === null) return false;
  if (node.type === "Literal") return typeof node.value === "number" || typeof node.value === "bigint";
  if (node.type === "UnaryExpression") return isNumber(node.argument);
  if (node.type === "BinaryExpression")
    return node.left.type !== "PrivateIdentifier" && (isNumber(node.left) || isNumber(node.right));
  return false;
}

/** Finds breaches of the dialect in the code: names of limits, names of functions, increments by one. */
function findInCode(source: Source): readonly Fault[] {
  const faults: Fault[] = [];
  const { path, program, lineAt } = source;
  const add = (start: number, found: string, instead: string): void =>
    void faults.push({ path, line: lineAt(start), found, instead });
  const limit = (start: number, name: string, pattern: RegExp): void => {
    if (pattern.test(name)) add(start, name, "max… or min…, with the unit in the name");
  };
  const called = (start: number, name: string): void => {
    if (isParticiple(name)) add(start, `function ${name}`, "a verb");
  };
  new Visitor({
    FunctionDeclaration: (node) => void (node.id === null || called(node.id.start, node.id.name)),
    VariableDeclarator: (node) => {
      if (node.id.type !== "Identifier") return;
      limit(node.id.start, node.id.name, limitName);
      if (isNumber(node.init)) limit(node.id.start, node.id.name, constantLimitName);
      const { init } = node;
      if (init?.type === "ArrowFunctionExpression" || init?.type === "FunctionExpression")
        called(node.id.start, node.id.name);
    },
    TSPropertySignature: (node) =>
      void (node.key.type === "Identifier" && limit(node.key.start, node.key.name, limitName)),
    TSMethodSignature: (node) =>
      void (node.key.type === "Identifier" && called(node.key.start, node.key.name)),
    MethodDefinition: (node) =>
      void (
        node.kind === "method" &&
        node.key.type === "Identifier" &&
        called(node.key.start, node.key.name)
      ),
    ExpressionStatement: (node) => increment(node.expression),
    ForStatement: (node) => increment(node.update),
  }).visit(program);
  function increment(node: Expression | null): void {
    if (node?.type !== "AssignmentExpression" || node.right.type !== "Literal" || node.right.value !== 1)
      return;
    if (node.operator === "+=") add(node.start, "+= 1", "++");
    if (node.operator === "-=") add(node.start, "-= 1", "--");
  }
  return faults;
}

/** Finds breaches of the dialect in the comments: a small letter at the start, "Throws" for "Errors:". */
function findInComments(source: Source): readonly Fault[] {
  return source.pieces.flatMap(({ kind, line, text }) => {
    if (kind !== "comment") return [];
    const faults: Fault[] = [];
    const start = text.trimStart();
    const word = /^[^\s]+/.exec(start)?.[0] ?? "";
    // A word with a capital, digit, dot, bracket or underscore within is code or a name: n_ctx, xLSTM, f32.
    const isCode =
      /[A-Z0-9_()[\]{}=<>/*+|`$^:-]/.test(word) || /^\S+ [=<>≤≥×]/.test(start) || /\w\.\w/.test(word);
    if (/^[a-z]/.test(word) && !isCode && !lowercaseNames.test(word))
      faults.push({
        path: source.path,
        line,
        found: `comment "${start.slice(0, 30).split("\n")[0]}"`,
        instead: "a capital letter",
      });
    for (const match of text.matchAll(/(?:^|[.!?]\s+|@)Throws\b|@throws/gm))
      faults.push({
        path: source.path,
        line: line + text.slice(0, match.index).split("\n").length - 1,
        found: "Throws",
        instead: "Errors: `code` when …",
      });
    return faults;
  });
}

/** Finds every breach of the one dialect in a source file. */
export function findDialect(source: Source): readonly Fault[] {
  return [...findInCode(source), ...findInComments(source)];
}
