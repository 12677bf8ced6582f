import type { Format } from "../../src/window/index.ts";
import type { Draw } from "./random.ts";
import { makeSdkTurn } from "./turns/ai-sdk.ts";
import { makeBedrockTurn } from "./turns/bedrock.ts";
import { makeGeminiTurn } from "./turns/gemini.ts";
import { makeLangChainTurns } from "./turns/langchain.ts";
import { makeOllamaTurn } from "./turns/ollama.ts";
import { makeAgentsTurn } from "./turns/openai-agents.ts";
import { makeAnthropicTurn } from "./turns/anthropic.ts";
import { makeChatTurn } from "./turns/openai-chat.ts";
import { makeResponsesTurn } from "./turns/openai-responses.ts";
import { makeTextAgentTurn } from "./turns/text-agent.ts";
import type { MakeTurn, RandomMessage, Steps } from "./turns/turn.ts";

/** A generated conversation. `steps` are what arrives between two windows. */
export interface RandomConversation {
  readonly format: Format;
  readonly steps: Steps;
  /** True if its windows must alternate. */
  readonly alternate: boolean;
  /** True if messages are missing or repeated, as in a history that was cut or interrupted. */
  readonly isBroken: boolean;
}

interface Kind {
  readonly format: Format;
  readonly makeTurn: MakeTurn;
  readonly alternate?: boolean;
}

const kinds: Readonly<Record<string, Kind>> = {
  anthropic: { format: "anthropic", makeTurn: makeAnthropicTurn },
  "openai-chat": { format: "openai-chat", makeTurn: makeChatTurn },
  "openai-responses": { format: "openai-responses", makeTurn: makeResponsesTurn },
  "ai-sdk": { format: "ai-sdk", makeTurn: makeSdkTurn },
  gemini: { format: "gemini", makeTurn: makeGeminiTurn },
  bedrock: { format: "bedrock", makeTurn: makeBedrockTurn },
  "openai-agents": { format: "openai-agents", makeTurn: makeAgentsTurn },
  ollama: { format: "ollama", makeTurn: makeOllamaTurn },
  "langchain with data": { format: "langchain", makeTurn: makeLangChainTurns("data") },
  "langchain flat": { format: "langchain", makeTurn: makeLangChainTurns("flat") },
  "langchain constructors": { format: "langchain", makeTurn: makeLangChainTurns("constructor") },
  "text-agent": { format: "openai-chat", makeTurn: makeTextAgentTurn },
  "strict template": { format: "openai-chat", makeTurn: makeChatTurn, alternate: true },
  "strict gemini": { format: "gemini", makeTurn: makeGeminiTurn, alternate: true },
  "strict ollama": { format: "ollama", makeTurn: makeOllamaTurn, alternate: true },
  "strict text-agent": { format: "openai-chat", makeTurn: makeTextAgentTurn, alternate: true },
};

/** How often a message of a broken conversation is missing, and how often it is there twice. */
const missingShare = 0.08;
const repeatedShare = 0.03;

/** Names of the kinds of conversations that are generated; those that begin with `broken` lack messages. */
export const conversationKinds: readonly string[] = [
  ...Object.keys(kinds),
  ...[
    "anthropic",
    "openai-chat",
    "openai-responses",
    "ai-sdk",
    "bedrock",
    "gemini",
    "ollama",
    "openai-agents",
    "langchain flat",
  ].map((name) => `broken ${name}`),
];

/** Makes a conversation of a kind, of up to `maxTurns` turns. */
export function makeConversation(kind: string, draw: Draw, maxTurns: number): RandomConversation {
  const isBroken = kind.startsWith("broken ");
  const found = kinds[isBroken ? kind.slice("broken ".length) : kind];
  if (found === undefined) throw new Error(`${kind}: unknown kind`);
  const ids = { next: 0 };
  const turns = draw.integer(1, maxTurns);
  const steps = Array.from({ length: turns }, (_, turn) => found.makeTurn(draw, ids, turn === 0)).flat();
  return {
    format: found.format,
    alternate: found.alternate ?? false,
    isBroken,
    steps: isBroken ? breakSteps(draw, steps) : steps,
  };
}

function breakSteps(draw: Draw, steps: Steps): Steps {
  const keep = (message: RandomMessage): readonly RandomMessage[] => {
    if (draw.chance(missingShare)) return [];
    return draw.chance(repeatedShare) ? [message, message] : [message];
  };
  return steps.map((step) => step.flatMap(keep)).filter((step) => step.length > 0);
}
