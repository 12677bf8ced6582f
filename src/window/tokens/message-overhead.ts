import type { Format } from "../conversation/message/message.ts";
import { readModelName } from "./model-name.ts";

/** Tokens in addition to the texts: of each message, of the system prompt, of a name, and of the end of the prompt, which starts the reply. */
export interface MessageOverhead {
  readonly message: number;
  /** Of a system prompt outside the messages. */
  readonly system: number;
  readonly name: number;
  readonly reply: number;
  /** Of a tool call, in addition to its name and arguments. */
  readonly call: number;
  /** Of a tool result that names its call. */
  readonly result: number;
}

/**
 * OpenAI's cookbook gives 3 per message, 1 for its role, 1 for a name and 3 for the reply; Claude's counts agree; chat templates
 * of open models need 4 to 5.
 */
const usual: MessageOverhead = { message: 4, system: 4, name: 1, reply: 3, call: 6, result: 2 };
/** Claude reports 45 to 60 tokens for a call with its result (25 counts of tests/models/anthropic, pydantic/pydantic-ai). */
const claude: MessageOverhead = { ...usual, call: 40, result: 14 };
/** Models of OpenAI that reason start their reply with one token less (counts of tests/models/openai of the same). */
const reasoning: MessageOverhead = { ...usual, reply: 2 };
/** The system message of gpt-oss, which its chat template adds: 60 to 64 tokens in 6 counts of four hosts (the same). */
const harmony: MessageOverhead = { ...usual, reply: 65 };
/** Gemini reports the tokens of the texts alone (counts of tests/models/google, github.com/pydantic/pydantic-ai). */
const textsAlone: MessageOverhead = { message: 0, system: 2, name: 0, reply: 0, call: 6, result: 2 };

/** Returns what a model, or a format if the model is unknown, adds around messages. */
export function chooseOverhead(model: string | undefined, format: Format | undefined): MessageOverhead {
  const name = readModelName(model);
  const maker = name?.maker;
  if (maker === "anthropic" || (maker === undefined && format === "anthropic")) return claude;
  if (name?.name.startsWith("gpt-oss") === true) return harmony;
  if (maker === "openai" && /^(?:gpt-[5-9]|o[1-9](?:$|-))/.test(name?.name ?? "")) return reasoning;
  return maker === "google" || (maker === undefined && format === "gemini") ? textsAlone : usual;
}
