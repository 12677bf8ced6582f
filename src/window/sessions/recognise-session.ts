import type { JsonDocument } from "../conversation/json/json-documents.ts";
import { readItems, sliceText } from "../conversation/json/fields.ts";
import { claudeCode } from "./claude-code.ts";
import { codex } from "./codex.ts";
import { cline, clineDisplay } from "./cline.ts";
import { geminiCli } from "./gemini-cli.ts";
import { miniSweAgent } from "./mini-swe-agent.ts";
import { opencode } from "./opencode.ts";
import { qwenCode } from "./qwen-code.ts";
import type { RawSession, SessionInput, SessionRecogniser } from "./session.ts";

/** The files of coding agents that can be read, most specific signs first. */
export const sessionRecognisers: readonly SessionRecogniser[] = [
  claudeCode,
  qwenCode,
  geminiCli,
  codex,
  miniSweAgent,
  opencode,
  clineDisplay,
  cline,
];

/** Returns the elements of a list as documents: some tools write the lines of a log as one JSON array. */
function expandList(input: SessionInput): SessionInput {
  const [only, ...others] = input.documents;
  if (only === undefined || others.length > 0 || !Array.isArray(only.value)) return input;
  const documents = readItems(only.json, 0, only.value).map((item): JsonDocument => ({
    json: sliceText(only.json, item.range),
    value: item.value,
    line: only.line,
  }));
  return { ...input, documents };
}

/** Returns the recogniser of an agent's file; undefined if it is not one. */
export function findRecogniser(input: SessionInput): SessionRecogniser | undefined {
  const { documents } = expandList(input);
  return sessionRecognisers.find((recogniser) => recogniser.recognises(documents));
}

/**
 * Reads the conversations of a coding agent's file: the main one first, then those of sub-agents. Undefined if the input is not
 * such a file.
 * Errors: `unknown-format` if it holds no messages.
 */
export function recogniseSession(input: SessionInput): readonly RawSession[] | undefined {
  const recogniser = findRecogniser(input);
  return recogniser?.read(expandList(input));
}
