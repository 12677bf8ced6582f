import * as fc from "fast-check";

/** A message of a synthetic agent conversation, in OpenAI's chat format. */
export type FixtureMessage = Readonly<Record<string, unknown>>;

/** Content of one turn. */
interface Step {
  readonly request: string | undefined;
  readonly tool: string;
  readonly argument: string;
  readonly result: string;
  readonly answer: string;
}

const word: fc.Arbitrary<string> = fc.constantFrom(
  "port",
  "8443",
  "fix",
  "src/server.ts",
  "user_id",
  "2024-05-20",
  "Zoë",
  "漢字",
  "HAT136",
  "why",
  "\ud800",
);
const sentence: fc.Arbitrary<string> = fc
  .array(word, { minLength: 1, maxLength: 60 })
  .map((words) => words.join(" "));

const step: fc.Arbitrary<Step> = fc.record({
  request: fc.option(sentence, { nil: undefined, freq: 2 }),
  tool: fc.constantFrom("read_file", "search", "run_command"),
  argument: fc.constantFrom("src/server.ts", "README.md", "port", "npm test"),
  result: fc.oneof(
    sentence,
    sentence.map((text) => JSON.stringify({ id: `order_${text.length}`, note: text })),
  ),
  answer: sentence,
});

function messagesOf(steps: readonly Step[]): FixtureMessage[] {
  const messages: FixtureMessage[] = [{ role: "system", content: "You are an agent." }];
  for (const [index, { request, tool, argument, result, answer }] of steps.entries()) {
    if (request !== undefined || index === 0) messages.push({ role: "user", content: request ?? "begin" });
    const id = `call_${index}`;
    const call = {
      id,
      type: "function",
      function: { name: tool, arguments: JSON.stringify({ value: argument }) },
    };
    messages.push({
      role: "assistant",
      content: null,
      tool_calls: [call],
      reasoning_content: answer,
      x_unknown: { kept: [1.0, 1e21] },
    });
    messages.push({ role: "tool", tool_call_id: id, content: result });
    messages.push({ role: "assistant", content: answer });
  }
  return messages;
}

/** Generates conversations of 1 to `steps` tool calls, with repeated calls and results, reasoning, other scripts and lone surrogates. */
export function agentConversation(steps = 12): fc.Arbitrary<FixtureMessage[]> {
  return fc.array(step, { minLength: 1, maxLength: steps }).map(messagesOf);
}

/** Makes a long conversation, the same on every run: `calls` tool calls with results of about 150 tokens. */
export function longConversation(calls: number): FixtureMessage[] {
  const steps = Array.from({ length: calls }, (_, index): Step => ({
    request: index % 7 === 0 ? `please look at file_${index}.ts and at ticket LD-${1000 + index}` : undefined,
    tool: index % 3 === 0 ? "read_file" : "search",
    argument: `src/file_${index % 11}.ts`,
    result: Array.from(
      { length: 30 },
      (_, line) => `${line}: const value_${index}_${line} = ${index * line}`,
    ).join("\n"),
    answer: `I looked at step ${index}`,
  }));
  return messagesOf(steps);
}
