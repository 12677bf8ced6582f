/** One request of a synthetic session: a body as the client sends it, and the answer that the provider gives to it. */
export interface SessionRequest {
  readonly body: object;
  /** Messages of the answer, as the provider writes them. */
  readonly answer: readonly object[];
}

/** How long a synthetic session is. */
export interface SessionLength {
  readonly turns: number;
  /** Lines of each tool result. */
  readonly lines: number;
  /** True for a billing line in the system prompt that stays the same. Default false: it changes with each request. */
  readonly steadyBilling?: boolean;
}

type Block = Readonly<Record<string, unknown>>;

interface Turn {
  readonly question: string;
  readonly thinking: string;
  readonly calls: readonly { readonly id: string; readonly path: string; readonly text: string }[];
  readonly answer: string;
}

function makeTurns({ turns, lines }: SessionLength): readonly Turn[] {
  return Array.from({ length: turns }, (_, turn) => ({
    question: `Change part ${turn} of the parser.`,
    thinking: `Part ${turn} needs two files.`,
    calls: [0, 1].map((call) => ({
      id: `toolu_${`${turn}`.padStart(6, "0")}_${call}`,
      path: `src/part-${turn}-${call}.ts`,
      text: Array.from(
        { length: lines },
        (__, line) => `${line + 1}: export const value_${turn}_${call}_${line} = ${turn * line};`,
      ).join("\n"),
    })),
    answer: `Part ${turn} is changed: the parser now reads both files, and its tests pass with the new values.`,
  }));
}

const mark = { cache_control: { type: "ephemeral" } };

function sign(text: string): string {
  return Buffer.from(text.padEnd(90, ".")).toString("base64");
}

/**
 * Returns the requests of a session in Claude Code's shape: the cache mark moves to the last message, an array of one text becomes a
 * string, a reminder is in the newest user message only, thinking is signed, calls are parallel, and a billing line changes.
 */
export function makeClaudeCodeSession(length: SessionLength): readonly SessionRequest[] {
  const requests: SessionRequest[] = [];
  const history: { readonly role: string; readonly content: readonly Block[] }[] = [];
  const request = (answer: readonly Block[], reminder?: string): void => {
    const messages = history.map(({ role, content }, index) => {
      const isLast = index === history.length - 1;
      if (!isLast && content.length === 1 && content[0]?.["type"] === "text")
        return { role, content: content[0]["text"] };
      const shown =
        isLast && reminder !== undefined
          ? [...content, { type: "text", text: `<system-reminder>${reminder}</system-reminder>` }]
          : content;
      return {
        role,
        content: shown.map((block, at) =>
          isLast && at === shown.length - 1 ? { ...block, ...mark } : block,
        ),
      };
    });
    requests.push({
      body: {
        model: "claude-sonnet-4-5",
        max_tokens: 32_000,
        system: [
          {
            type: "text",
            text: `x-anthropic-billing-header: cch=${length.steadyBilling === true ? 10 : requests.length + 10}`,
          },
          { type: "text", text: "You are a coding agent.", ...mark },
        ],
        tools: ["Read", "Edit"].map((name) => ({ name, input_schema: { type: "object" } })),
        messages,
      },
      answer: [{ role: "assistant", content: answer }],
    });
    history.push({ role: "assistant", content: answer });
  };
  for (const [index, { question, thinking, calls, answer }] of makeTurns(length).entries()) {
    history.push({ role: "user", content: [{ type: "text", text: question }] });
    request(
      [
        { type: "thinking", thinking, signature: sign(thinking) },
        ...calls.map(({ id, path }) => ({ type: "tool_use", id, name: "Read", input: { path } })),
      ],
      `It is turn ${index}; the todo list has ${index} items.`,
    );
    history.push({
      role: "user",
      content: calls.map(({ id, text }) => ({ type: "tool_result", tool_use_id: id, content: text })),
    });
    request([{ type: "text", text: answer }]);
  }
  return requests;
}

/** Returns the requests of a session in Codex's shape: items with ids, encrypted reasoning, and metadata that changes per call. */
export function makeCodexSession(length: SessionLength): readonly SessionRequest[] {
  const requests: SessionRequest[] = [];
  const input: Block[] = [];
  const request = (answer: readonly Block[]): void => {
    requests.push({
      body: {
        model: "gpt-5",
        instructions: "You are a coding agent.",
        input: [...input],
        tools: [{ type: "function", name: "shell", parameters: { type: "object" } }],
        store: false,
        stream: true,
        include: ["reasoning.encrypted_content"],
        prompt_cache_key: "session",
        client_metadata: { turn: `${requests.length}` },
      },
      answer,
    });
    // The client writes the fields in another order, and leaves out what it does not know.
    for (const item of answer)
      input.push(
        Object.fromEntries(
          Object.entries(item)
            .filter(([name]) => name !== "status")
            .toReversed(),
        ),
      );
  };
  for (const [turn, { question, thinking, calls, answer }] of makeTurns(length).entries()) {
    input.push({ type: "message", role: "user", content: [{ type: "input_text", text: question }] });
    request([
      { type: "reasoning", id: `rs_${turn}`, summary: [], encrypted_content: sign(thinking) },
      ...calls.map(({ id, path }) => ({
        type: "function_call",
        id: `fc_${id}`,
        call_id: id,
        name: "shell",
        arguments: JSON.stringify({ command: ["cat", path] }),
        status: "completed",
      })),
    ]);
    for (const { id, text } of calls) input.push({ type: "function_call_output", call_id: id, output: text });
    request([
      {
        type: "message",
        id: `msg_${turn}`,
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: answer, annotations: [], logprobs: [] }],
      },
    ]);
  }
  return requests;
}
