/** One thing that is said in a conversation, apart from how a format writes it. */
export type Said =
  | { readonly kind: "user"; readonly text: string; readonly reminder?: string }
  | { readonly kind: "answer"; readonly text: string; readonly thinking?: string }
  | {
      readonly kind: "call";
      readonly id: string;
      readonly name: string;
      readonly args: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: "result"; readonly id: string; readonly text: string };

/** System prompt and tools of a request. */
export interface FrameSaid {
  readonly system?: string;
  readonly tools?: readonly string[];
}

/** A format of messages, with what a client and a provider write in it. */
export interface Dialect {
  readonly format: "anthropic" | "openai-chat" | "openai-responses";
  /** Writes a message as a client sends it; an answer as the provider gives it. */
  readonly write: (said: Said) => object;
  /** Writes the same message as a client renders it again later. */
  readonly rewrite: (said: Said) => object;
  /** Writes a request body. */
  readonly body: (messages: readonly object[], frame?: FrameSaid) => object;
}

function userText({ text, reminder }: Extract<Said, { kind: "user" }>): string {
  return reminder === undefined ? text : `${text}\n<system-reminder>${reminder}</system-reminder>`;
}

function writeAnthropic(said: Said): object {
  switch (said.kind) {
    case "user":
      return {
        role: "user",
        content: [
          { type: "text", text: said.text },
          ...(said.reminder === undefined
            ? []
            : [{ type: "text", text: `<system-reminder>${said.reminder}</system-reminder>` }]),
        ],
      };
    case "answer":
      return {
        role: "assistant",
        content: [
          ...(said.thinking === undefined
            ? []
            : [{ type: "thinking", thinking: said.thinking, signature: sign(said.thinking) }]),
          { type: "text", text: said.text },
        ],
      };
    case "call":
      return {
        role: "assistant",
        content: [{ type: "tool_use", id: said.id, name: said.name, input: said.args }],
      };
    case "result":
      return {
        role: "user",
        content: [
          { type: "tool_result", tool_use_id: said.id, content: [{ type: "text", text: said.text }] },
        ],
      };
  }
}

/** Makes a signature of a thinking block. */
export function sign(thinking: string): string {
  return Buffer.from(thinking.padEnd(60, "=")).toString("base64");
}

const anthropic: Dialect = {
  format: "anthropic",
  write: writeAnthropic,
  rewrite: (said) => {
    if (said.kind === "user" && said.reminder === undefined) return { content: said.text, role: "user" };
    if (said.kind === "answer" && said.thinking === undefined)
      return { role: "assistant", content: said.text };
    if (said.kind === "result")
      return {
        role: "user",
        content: [{ tool_use_id: said.id, type: "tool_result", content: said.text }],
      };
    return writeAnthropic(said);
  },
  body: (messages, { system, tools } = {}) => ({
    model: "claude-sonnet-4-5",
    max_tokens: 1_000,
    ...(system === undefined ? {} : { system: [{ type: "text", text: system }] }),
    ...(tools === undefined
      ? {}
      : { tools: tools.map((name) => ({ name, input_schema: { type: "object" } })) }),
    messages,
  }),
};

function writeChat(said: Said): object {
  switch (said.kind) {
    case "user":
      return { role: "user", content: userText(said) };
    case "answer":
      return { role: "assistant", content: said.text, refusal: null, annotations: [] };
    case "call":
      return {
        role: "assistant",
        content: null,
        tool_calls: [
          {
            id: said.id,
            type: "function",
            function: { name: said.name, arguments: JSON.stringify(said.args) },
          },
        ],
      };
    case "result":
      return { role: "tool", tool_call_id: said.id, content: said.text };
  }
}

const chat: Dialect = {
  format: "openai-chat",
  write: writeChat,
  rewrite: (said) =>
    said.kind === "answer"
      ? { role: "assistant", content: [{ type: "text", text: said.text }] }
      : writeChat(said),
  body: (messages, { system, tools } = {}) => ({
    model: "gpt-4o",
    messages: [...(system === undefined ? [] : [{ role: "system", content: system }]), ...messages],
    ...(tools === undefined
      ? {}
      : { tools: tools.map((name) => ({ type: "function", function: { name, parameters: {} } })) }),
  }),
};

function writeResponses(said: Said): object {
  switch (said.kind) {
    case "user":
      return { type: "message", role: "user", content: [{ type: "input_text", text: userText(said) }] };
    case "answer":
      return {
        type: "message",
        role: "assistant",
        id: `msg_${Buffer.from(said.text).toString("hex").slice(0, 160)}`,
        status: "completed",
        content: [{ type: "output_text", text: said.text, annotations: [], logprobs: [] }],
      };
    case "call":
      return {
        type: "function_call",
        id: `fc_${said.id}`,
        call_id: said.id,
        name: said.name,
        arguments: JSON.stringify(said.args),
        status: "completed",
      };
    case "result":
      return { type: "function_call_output", call_id: said.id, output: said.text };
  }
}

const responses: Dialect = {
  format: "openai-responses",
  write: writeResponses,
  rewrite: (said) =>
    said.kind === "answer"
      ? { role: "assistant", content: [{ type: "output_text", text: said.text }], type: "message" }
      : said.kind === "user"
        ? { role: "user", content: userText(said) }
        : writeResponses(said),
  body: (messages, { system, tools } = {}) => ({
    model: "gpt-5",
    store: false,
    ...(system === undefined ? {} : { instructions: system }),
    ...(tools === undefined
      ? {}
      : { tools: tools.map((name) => ({ type: "function", name, parameters: {} })) }),
    input: messages,
  }),
};

/** The formats in which situations are tried. */
export const dialects: readonly Dialect[] = [anthropic, chat, responses];
