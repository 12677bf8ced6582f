import * as fc from "fast-check";
import type { Said } from "./dialects.fixture.ts";

/** What happens next in a world of conversations: a kind, a conversation, and numbers that settle the details. */
export interface Happening {
  readonly kind: (typeof kinds)[number];
  readonly who: number;
  readonly how: number;
  readonly much: number;
}

/** The kinds; those that come more often stand more often. */
const kinds = [
  "open",
  "open",
  "ask",
  "ask",
  "ask",
  "ask",
  "tool",
  "tool",
  "tool",
  "retry",
  "regenerate",
  "interrupt",
  "edit",
  "branch",
  "cut",
  "cut-middle",
  "reduce",
  "compact",
  "go-back",
  "restart",
] as const;

/** Sequences of happenings. */
export const happenings: fc.Arbitrary<readonly Happening[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(...kinds),
    who: fc.nat(97),
    how: fc.nat(9_973),
    much: fc.nat(9_967),
  }),
  { minLength: 1, maxLength: 60, size: "max" },
);

/** A conversation as its client holds it. */
export interface Conversation {
  readonly owner: string;
  readonly session: string | undefined;
  readonly system: string | undefined;
  readonly tools: readonly string[] | undefined;
  readonly movesReminders: boolean;
  list: Said[];
  /** Words that this conversation ever held. */
  readonly held: Set<string>;
}

const shared = ["yes", "continue", "go on", "and now?"];
const sharedResults = ["ok", "total 3\na.txt\nb.txt", "total 3\na.txt\nb.txt\nc.txt"];

/** What a change needs of the world. */
export interface Hands {
  readonly word: (times: number) => string;
  readonly user: (text: string) => Said;
  readonly branch: (made: Conversation) => void;
}

/** Changes a conversation's list as its client or its user does. */
export function changeConversation(one: Conversation, { kind, how, much }: Happening, hands: Hands): void {
  const say = (): Said =>
    hands.user(
      how % 3 === 0 ? (shared[much % shared.length] ?? "yes") : `Look at ${hands.word(1 + (much % 12))}`,
    );
  const last = one.list.at(-1);
  switch (kind) {
    case "ask":
      if (last?.kind !== "user") one.list.push(say());
      return;
    case "tool":
      if (last?.kind !== "user")
        one.list.push(...(much % 5 > 0 ? [say()] : []), ...callTool({ how, much }, hands));
      return;
    case "regenerate":
      if (last?.kind === "answer") one.list.pop();
      return;
    case "interrupt":
      if (last?.kind === "answer")
        one.list.splice(
          -1,
          1,
          { kind: "answer", text: last.text.slice(0, 1 + (much % last.text.length)) },
          say(),
        );
      return;
    case "edit": {
      const at = how % one.list.length;
      if (one.list[at]?.kind === "user") one.list[at] = say();
      return;
    }
    case "branch": {
      const end = 1 + (how % one.list.length);
      hands.branch({ ...one, list: one.list.slice(0, end), held: new Set(one.held) });
      return;
    }
    default:
      one.list = [...shorten(one.list, { kind, how, much })];
  }
}

function callTool({ how, much }: Pick<Happening, "how" | "much">, hands: Hands): readonly Said[] {
  const id =
    ["call_0", "toolu_shared_by_all_01", `toolu_${hands.word(1).slice(1)}_0001`][much % 3] ?? "call_0";
  const args = how % 2 === 0 ? { path: "a.txt" } : { path: hands.word(1) };
  const lines = Array.from({ length: 1 + (how % 25) }, () => hands.word(4)).join("\n");
  const text = [sharedResults[much % 3] ?? "", `ok\n${lines}`, lines][how % 3] ?? "";
  return [
    { kind: "call", id, name: "read", args },
    { kind: "result", id, text },
  ];
}

/** Returns a list with less in it: cut at its start or in its middle, with smaller results, or only its beginning. */
function shorten(
  list: readonly Said[],
  { kind, how, much }: Pick<Happening, "kind" | "how" | "much">,
): readonly Said[] {
  const from = list.findIndex((said, index) => index > how % list.length && said.kind === "user");
  if (kind === "cut") return from > 0 ? list.slice(from) : list;
  if (kind === "cut-middle") return from > 2 ? [...list.slice(0, 1), ...list.slice(from)] : list;
  if (kind === "reduce")
    return list.map((said, index) =>
      said.kind === "result" && index < list.length - 1 - (much % 3)
        ? { ...said, text: how % 2 === 0 ? "[cleared]" : (said.text.split("\n")[0] ?? "") }
        : said,
    );
  if (kind !== "go-back") return list;
  const start = list.slice(0, 1 + (how % list.length));
  return start.at(-1)?.kind === "call" ? start.slice(0, -1) : start;
}
