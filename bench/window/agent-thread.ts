/** A message in OpenAI's chat format. */
export interface ChatMessage {
  readonly role: "system" | "user" | "assistant" | "tool";
  readonly content: string | null;
  readonly tool_calls?: readonly {
    readonly id: string;
    readonly type: "function";
    readonly function: { readonly name: string; readonly arguments: string };
  }[];
  readonly tool_call_id?: string;
}

/** Returns a generator of whole numbers below a bound, the same on every machine (31-bit linear congruential). */
export function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

const nouns = [
  "server",
  "parser",
  "window",
  "budget",
  "ledger",
  "cache",
  "socket",
  "token",
  "branch",
  "schema",
  "worker",
  "lock",
];

/** Generates one exchange of a synthetic coding agent: a request every eighth time, a call, and its result of `lines` lines. */
export function exchange(
  index: number,
  lines: number,
  pick: (below: number) => number,
): readonly ChatMessage[] {
  const id = `call_${index}`;
  const noun = (): string => nouns[pick(nouns.length)] ?? "";
  const path = `src/${noun()}/${noun()}-${pick(12)}.ts`;
  const call = {
    id,
    type: "function" as const,
    function: {
      name: pick(3) === 0 ? "search" : "read_file",
      arguments: JSON.stringify({ path, from: pick(900) }),
    },
  };
  const body = Array.from(
    { length: lines },
    (_, line) =>
      `${line + 1}\tconst ${noun()}_${pick(5_000)} = ${noun()}(${pick(100_000)}, "${noun()}-${pick(900)}"); // ${noun()} ${noun()}`,
  );
  const request: ChatMessage = {
    role: "user",
    content: `please look at the ${noun()} in ${path} and compare it with ticket LD-${1000 + index}`,
  };
  return [
    ...(index % 8 === 0 ? [request] : []),
    { role: "assistant", content: `I look at ${path}.`, tool_calls: [call] },
    { role: "tool", tool_call_id: id, content: body.join("\n") },
  ];
}
