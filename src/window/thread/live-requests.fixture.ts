/** Writes one text of a turn. */
type WriteText = (index: number) => string;

/** The turns of a conversation: the request of each, and what the tool returns. */
interface Turns {
  readonly turns: readonly number[];
  readonly ask: WriteText;
  readonly result: WriteText;
}

const requests: Readonly<Record<string, (turns: Turns) => object>> = {
  gemini: ({ turns, ask, result }) => ({
    systemInstruction: { parts: [{ text: "You are an agent." }] },
    tools: [{ functionDeclarations: [{ name: "read", parametersJsonSchema: { type: "object" } }] }],
    contents: turns.flatMap((index) => [
      { role: "user", parts: [{ text: ask(index) }] },
      {
        role: "model",
        parts: [
          { text: "**Reading** I should read it.", thought: true },
          {
            functionCall: { name: "read", args: { n: index % 5 } },
            thoughtSignature: "c2lnbmF0dXJl".repeat(5),
          },
        ],
      },
      {
        role: "user",
        parts: [{ functionResponse: { name: "read", response: { output: result(index) } } }],
      },
      { role: "model", parts: [{ text: "Read." }] },
    ]),
  }),
  bedrock: ({ turns, ask, result }) => ({
    modelId: "anthropic.claude-sonnet-4-5",
    system: [{ text: "You are an agent." }, { cachePoint: { type: "default" } }],
    toolConfig: { tools: [{ toolSpec: { name: "read", inputSchema: { json: { type: "object" } } } }] },
    messages: turns.flatMap((index) => [
      { role: "user", content: [{ text: ask(index) }, { cachePoint: { type: "default" } }] },
      {
        role: "assistant",
        content: [
          { reasoningContent: { reasoningText: { text: "I should read it.", signature: "c2lnbg==" } } },
          { toolUse: { toolUseId: `c${index}`, name: "read", input: { n: index % 5 } } },
        ],
      },
      {
        role: "user",
        content: [
          {
            toolResult: {
              toolUseId: `c${index}`,
              content: [{ text: result(index) }],
              status: "success",
            },
          },
        ],
      },
      { role: "assistant", content: [{ text: "Read." }] },
    ]),
  }),
  "openai-agents": ({ turns, ask, result }) => ({
    messages: turns.flatMap((index) => [
      { type: "message", role: "user", content: ask(index) },
      {
        type: "reasoning",
        id: `rs_${index}`,
        content: [{ type: "input_text", text: "I should read it." }],
        providerData: { encryptedContent: "ZW5jcnlwdGVk".repeat(30) },
      },
      {
        type: "function_call",
        callId: `c${index}`,
        name: "read",
        status: "completed",
        arguments: `{"n":${index % 5}}`,
      },
      {
        type: "function_call_result",
        callId: `c${index}`,
        name: "read",
        status: "completed",
        output: { type: "text", text: result(index) },
      },
      {
        type: "message",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "Read." }],
      },
    ]),
  }),
  ollama: ({ turns, ask, result }) => ({
    model: "qwen3",
    tools: [{ type: "function", function: { name: "read", parameters: { type: "object" } } }],
    messages: turns.flatMap((index) => [
      { role: "user", content: ask(index) },
      {
        role: "assistant",
        content: "",
        thinking: "I should read it.",
        tool_calls: [{ function: { name: "read", arguments: { n: index % 5 } } }],
      },
      { role: "tool", content: result(index), tool_name: "read" },
      { role: "assistant", content: "Read." },
    ]),
  }),
  langchain: ({ turns, ask, result }) => ({
    messages: turns.flatMap((index) => [
      { type: "human", data: { content: ask(index) } },
      {
        type: "ai",
        data: {
          content: "",
          additional_kwargs: { reasoning_content: "I should read it." },
          tool_calls: [{ name: "read", args: { n: index % 5 }, id: `c${index}`, type: "tool_call" }],
        },
      },
      { type: "tool", data: { content: result(index), tool_call_id: `c${index}`, name: "read" } },
      { type: "ai", data: { content: "Read.", tool_calls: [] } },
    ]),
  }),
};

/** Makes a request in each live format: one turn per index, each with a thought, a call, its long result and an answer. */
export function liveRequests(
  turns: readonly number[],
  ask: WriteText,
  result: WriteText,
): Readonly<Record<string, object>> {
  return Object.fromEntries(
    Object.entries(requests).map(([format, write]) => [format, write({ turns, ask, result })]),
  );
}
