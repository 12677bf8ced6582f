import type { SessionRequest } from "./client-sessions.ts";

type Block = Readonly<Record<string, unknown>>;

/** A request of a session in which not all requests are of one conversation. */
export interface AgentRequest extends SessionRequest {
  /** What the request is for: the conversation itself, or a call at its side, such as a title or a helper. */
  readonly of: "main" | string;
}

function listLines(turn: number): string {
  return Array.from(
    { length: 8 },
    (_, line) => `${line + 1}: const part_${turn}_${line} = ${turn + line};`,
  ).join("\n");
}

function answerOf(turn: number): string {
  return `Part ${turn} is changed as asked: the parser reads the file, and all of its tests pass with it.`;
}

function callId(turn: number): string {
  return `call_${`${turn}`.padStart(20, "0")}`;
}

const mark = { cache_control: { type: "ephemeral" } };
const title = "A title for the conversation about the parser and its parts, in a few words of one line only";

/** Marks the last block of a message, as opencode does with the last two messages. */
function markLast({ role, content }: Block): Block {
  const blocks = content as readonly Block[];
  return {
    role,
    content: blocks.map((block, index) => (index === blocks.length - 1 ? { ...block, ...mark } : block)),
  };
}

/** How a client writes what is said, in one format. */
interface Writer {
  readonly user: (text: string) => Block;
  readonly call: (turn: number) => readonly Block[];
  readonly result: (turn: number) => Block;
  readonly answer: (text: string) => readonly Block[];
  readonly body: (list: readonly Block[], isTitle: boolean) => object;
}

const messagesWriter: Writer = {
  user: (text) => ({ role: "user", content: [{ type: "text", text }] }),
  call: (turn) => [
    {
      role: "assistant",
      content: [{ type: "tool_use", id: callId(turn), name: "read", input: { filePath: `part-${turn}.ts` } }],
    },
  ],
  result: (turn) => ({
    role: "user",
    content: [
      { type: "tool_result", tool_use_id: callId(turn), content: [{ type: "text", text: listLines(turn) }] },
    ],
  }),
  answer: (text) => [{ role: "assistant", content: [{ type: "text", text }] }],
  body: (list, isTitle) => ({
    model: isTitle ? "claude-haiku-4-5" : "claude-sonnet-4-5",
    max_tokens: 32_000,
    system: [{ type: "text", text: isTitle ? "You write titles." : "You are opencode's agent.", ...mark }],
    ...(isTitle ? {} : { tools: [{ name: "read", input_schema: { type: "object" } }] }),
    messages: list.map((message, index) => (index >= list.length - 2 ? markLast(message) : message)),
  }),
};

const chatWriter: Writer = {
  user: (text) => ({ role: "user", content: text }),
  call: (turn) => [
    {
      role: "assistant",
      content: "",
      tool_calls: [
        {
          id: callId(turn),
          type: "function",
          function: { name: "read", arguments: JSON.stringify({ filePath: `part-${turn}.ts` }) },
        },
      ],
    },
  ],
  result: (turn) => ({ role: "tool", tool_call_id: callId(turn), content: listLines(turn) }),
  answer: (text) => [{ role: "assistant", content: text }],
  body: (list, isTitle) => ({
    model: "gpt-4o",
    messages: [
      { role: "system", content: isTitle ? "You write titles." : "You are opencode's agent." },
      ...list,
    ],
    ...(isTitle ? {} : { tools: [{ type: "function", function: { name: "read", parameters: {} } }] }),
    stream: true,
  }),
};

const responsesWriter: Writer = {
  user: (text) => ({ role: "user", content: [{ type: "input_text", text }] }),
  call: (turn) => [
    {
      type: "function_call",
      call_id: callId(turn),
      name: "read",
      arguments: JSON.stringify({ filePath: `part-${turn}.ts` }),
    },
  ],
  result: (turn) => ({ type: "function_call_output", call_id: callId(turn), output: listLines(turn) }),
  answer: (text) => [{ role: "assistant", content: [{ type: "output_text", text }] }],
  body: (list, isTitle) => ({
    model: "gpt-5",
    instructions: isTitle ? "You write titles." : "You are opencode's agent.",
    ...(isTitle ? {} : { tools: [{ type: "function", name: "read", parameters: {} }] }),
    input: list,
    store: false,
  }),
};

const geminiWriter: Writer = {
  user: (text) => ({ role: "user", parts: [{ text }] }),
  call: (turn) => [
    {
      role: "model",
      parts: [
        {
          functionCall: { name: "read_file", args: { path: `part-${turn}.ts` } },
          thoughtSignature: Buffer.from(`thought ${turn}`.padEnd(90, ".")).toString("base64"),
        },
      ],
    },
  ],
  result: (turn) => ({
    role: "user",
    parts: [{ functionResponse: { name: "read_file", response: { output: listLines(turn) } } }],
  }),
  answer: (text) => [{ role: "model", parts: [{ text }] }],
  body: (list, isTitle) => ({
    contents: list,
    systemInstruction: {
      role: "user",
      parts: [{ text: isTitle ? "You choose a model." : "You are a command line agent." }],
    },
    ...(isTitle ? {} : { tools: [{ functionDeclarations: [{ name: "read_file" }] }] }),
    generationConfig: { temperature: 0 },
  }),
};

const clients = [
  "opencode, messages",
  "opencode, chat",
  "opencode, responses",
  "Gemini CLI",
  "Cline",
] as const;

/** Clients whose sessions `makeAgentSession` makes. */
export type AgentClient = (typeof clients)[number];

const writers: Readonly<Record<AgentClient, Writer>> = {
  "opencode, messages": messagesWriter,
  "opencode, chat": chatWriter,
  "opencode, responses": responsesWriter,
  "Gemini CLI": geminiWriter,
  Cline: chatWriter,
};

/** The same as a list. */
export const agentClients: readonly AgentClient[] = clients;

/**
 * Returns the requests of a session: first a call at its side under the same session id (a title; Gemini's choice of a model), then turns
 * of one call each. opencode's two marks move to the last two messages; Cline's newest user message has the environment's details.
 */
export function makeAgentSession(client: AgentClient, turns: number): readonly AgentRequest[] {
  const write = writers[client];
  const requests: AgentRequest[] = [];
  const list: Block[] = [];
  const ask = (answer: readonly Block[], details?: string): void => {
    const last = list.at(-1);
    const sent =
      details === undefined || last === undefined
        ? list
        : [
            ...list.slice(0, -1),
            {
              role: "user",
              content: [
                { type: "text", text: last["content"] },
                { type: "text", text: `<environment_details>\n${details}\n</environment_details>` },
              ],
            },
          ];
    requests.push({ of: "main", body: write.body([...sent], false), answer });
    list.push(...answer);
  };
  for (let turn = 0; turn < turns; turn++) {
    const question = write.user(`Change part ${turn} of the parser.`);
    if (turn === 0 && client !== "Cline")
      requests.push({ of: "title", body: write.body([question], true), answer: write.answer(title) });
    list.push(question);
    ask(
      write.call(turn),
      client === "Cline" ? `# Open files\npart-${turn}.ts\n# Time\n10:${10 + turn}` : undefined,
    );
    list.push(write.result(turn));
    ask(write.answer(answerOf(turn)));
  }
  return requests;
}
