/** Writes one text of a turn. */
type WriteText = (index: number) => string;

/** Makes a request in each live format: one turn per index, each with a thought, a call, its long result and an answer. */
export function liveRequests(
  turns: readonly number[],
  ask: WriteText,
  result: WriteText,
): Readonly<Record<string, object>> {
  return {
    gemini: {
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
    },
    bedrock: {
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
    },
  };
}
