import { describe, expect, test } from "vitest";
import { casesFolder, outline, readCase } from "../dumps/outline.fixture.ts";
import { readConversation, readConversations } from "./read-conversation.ts";

const user = { role: "user", content: "Which port?" };
const answer = { role: "assistant", content: "8443" };
const chat = {
  id: "c",
  object: "chat.completion",
  model: "gpt-4o",
  choices: [{ index: 0, message: answer }],
};
const asked = ["user: text Which port?", "assistant: text 8443"];

function read(value: unknown): ReturnType<typeof readConversation> {
  return readConversation(JSON.stringify(value));
}

describe.skipIf(casesFolder === "")("case files", () => {
  test("reads 23, a chat completion", () => {
    const conversation = readCase("23-openai-response.json");
    expect(conversation).toMatchObject({ format: "openai-chat", settled: true, model: "gpt-4o" });
    expect(outline(conversation)).toEqual(["assistant: text 8443"]);
  });

  test("reads 24, a request and its response on one line", () => {
    const conversation = readCase("24-log-request-response.jsonl");
    expect(conversation).toMatchObject({ format: "openai-chat", settled: true, model: "gpt-4o" });
    expect(outline(conversation)).toEqual(asked);
    expect(conversation.messages[1]?.json).toBe('{"role":"assistant","content":"8443"}');
  });

  test("reads 25, a response of OpenAI's responses", () => {
    const conversation = readCase("25-responses-response.json");
    expect(conversation).toMatchObject({ format: "openai-responses", settled: true, model: "gpt-5" });
    expect(outline(conversation)).toEqual(["assistant: reasoning ", "assistant: text 8443"]);
  });
});

describe("bare responses", () => {
  const text = { type: "text", text: "8443" };
  test.each<[string, object, string]>([
    ["Anthropic", { type: "message", role: "assistant", model: "m", content: [text] }, "anthropic"],
    ["Gemini", { candidates: [{ content: { role: "model", parts: [{ text: "8443" }] } }] }, "gemini"],
    ["Bedrock", { output: { message: { role: "assistant", content: [{ text: "8443" }] } } }, "bedrock"],
    ["Ollama", { model: "m", message: answer, done: true }, "ollama"],
    ["the AI SDK", { response: { messages: [{ role: "assistant", content: [text] }] } }, "ai-sdk"],
  ])("reads one of %s", (_name, value, format) => {
    const conversation = read(value);
    expect(conversation.format).toBe(format);
    expect(outline(conversation)).toEqual(["assistant: text 8443"]);
  });
});

describe("logs of requests and responses", () => {
  const request = {
    model: "gpt-4o",
    messages: [user],
    tools: [{ type: "function", function: { name: "f" } }],
  };
  test.each<[string, object]>([
    ["with bodies", { request: { url: "/v1", body: request }, response: { status: 200, body: chat } }],
    [
      "with bodies as texts",
      { request: { body: JSON.stringify(request) }, response: { body: JSON.stringify(chat) } },
    ],
    ["of LiteLLM", { id: "1", ...request, response: chat }],
    ["of Langfuse", { id: "1", type: "GENERATION", input: [user], output: answer, model: "gpt-4o" }],
    ["of Langfuse with a request as input", { input: request, output: { choices: [{ message: answer }] } }],
    [
      "of a browser (HAR)",
      {
        log: {
          entries: [
            { request: { url: "/logo.png" }, response: { content: { text: "x" } } },
            {
              request: { postData: { text: JSON.stringify(request) } },
              response: { content: { text: JSON.stringify(chat) } },
            },
          ],
        },
      },
    ],
  ])("reads one %s", (_name, value) => {
    const conversation = read(value);
    expect(conversation).toMatchObject({ format: "openai-chat", model: "gpt-4o" });
    expect(outline(conversation)).toEqual(asked);
  });

  test("reads one of OpenAI's responses, with its instructions", () => {
    const item = { type: "message", role: "assistant", content: [{ type: "output_text", text: "8443" }] };
    const conversation = read({
      request: { model: "gpt-5", instructions: "help", input: [user] },
      response: { object: "response", output: [item] },
    });
    expect(conversation).toMatchObject({ format: "openai-responses", frame: { system: '"help"' } });
    expect(outline(conversation)).toEqual(asked);
  });

  test("joins the calls of one conversation, although the client moves its cache marks", () => {
    const marked = {
      role: "user",
      content: [{ type: "text", text: "Which port?", cache_control: { type: "ephemeral" } }],
    };
    const reply = { type: "message", role: "assistant", content: [{ type: "text", text: "8443" }] };
    const next = { role: "user", content: "And the host?" };
    const lines = [
      { request: { system: "s", messages: [marked] }, response: reply },
      { request: { system: "s", messages: [user, answer, next] }, response: reply },
      { request: { system: "s", messages: [{ role: "user", content: "A title, please" }] }, response: reply },
    ];
    const found = readConversations(lines.map((line) => JSON.stringify(line)).join("\n"));
    expect(found.map((each) => each.format)).toEqual(["anthropic", "anthropic"]);
    expect(found.map(outline)).toEqual([
      [...asked, "user: text And the host?", "assistant: text 8443"],
      ["user: text A title, please", "assistant: text 8443"],
    ]);
  });

  test("joins an answer that is logged on a line of its own to its request", () => {
    const lines = [
      { direction: "request", body: request },
      { direction: "response", status: 200, body: chat },
    ];
    expect(outline(readConversation(lines.map((line) => JSON.stringify(line)).join("\n")))).toEqual(asked);
  });

  test("reads an answer that is only a text, and a request whose answer is an error", () => {
    expect(outline(read({ request, response: "8443" }))).toEqual(asked);
    const failed = { request, response: { error: { message: "overloaded" } } };
    expect(outline(read(failed))).toEqual(["user: text Which port?"]);
  });

  test("names the line of a broken message", () => {
    const bad = { request: { messages: [user, { role: "wizard", content: "" }] }, response: chat };
    const lines = `${JSON.stringify({ request, response: chat })}\n${JSON.stringify(bad)}\n`;
    expect(() => readConversations(lines)).toThrow(/line 2, message 1 \(offset \d+\): role: got "wizard"/);
  });

  test("leaves a plain request and a message with an output alone", () => {
    expect(outline(read({ model: "m", messages: [user] }))).toEqual(["user: text Which port?"]);
    expect(outline(read({ model: "m", input: "Which port?" }))).toEqual(["user: text Which port?"]);
  });
});
