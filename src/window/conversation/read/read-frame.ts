import { readFields, sliceText } from "../json/fields.ts";
import type { Field, Fields } from "../json/fields.ts";
import type { Frame } from "../message/message.ts";
import { readEditors } from "./read-editors.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";

/** Fields that hold the system prompt, and those that hold the tools, in all formats. */
export const systemNames = ["system", "instructions", "systemInstruction", "system_instruction"] as const;
export const toolNames = ["tools", "functions"] as const;

const choiceNames = ["tool_choice", "toolChoice", "function_call", "toolConfig", "tool_config"] as const;
const formatNames = ["response_format", "responseFormat", "output_format", "outputFormat"] as const;
/** Objects that hold the answer's form: OpenAI responses, Anthropic, Gemini; and its fields in them. */
const formatHolders = ["text", "output_config", "generationConfig", "generation_config"] as const;
const innerFormatNames = [
  "format",
  "responseSchema",
  "response_schema",
  "responseJsonSchema",
  "response_json_schema",
] as const;

function findField(fields: Fields, names: readonly string[]): Field | undefined {
  for (const name of names) {
    const field = fields.get(name);
    if (field !== undefined && field.value !== null) return field;
  }
  return undefined;
}

function readText(json: string, fields: Fields, names: readonly string[]): string | undefined {
  const field = findField(fields, names);
  return field === undefined ? undefined : sliceText(json, field.range);
}

function readInner(json: string, field: Field | undefined): Fields {
  return isJsonObject(field?.value)
    ? readFields(json, field.range.start, field.value)
    : new Map<string, never>();
}

function readResponseFormat(json: string, fields: Fields): string | undefined {
  const direct = readText(json, fields, formatNames);
  if (direct !== undefined) return direct;
  for (const holder of formatHolders) {
    const text = readText(json, readInner(json, fields.get(holder)), innerFormatNames);
    if (text !== undefined) return text;
  }
  return undefined;
}

/**
 * Reads the frame of a request: its fields outside the list of messages that a model reads. The Gemini SDK keeps it in `config`,
 * Bedrock its tools and the choice among them in `toolConfig`.
 */
export function readFrame(json: string, fields: Fields): Frame {
  const config = readInner(json, fields.get("config"));
  const read = (names: readonly string[]): string | undefined =>
    readText(json, fields, names) ?? readText(json, config, names);
  const toolConfig = readInner(json, fields.get("toolConfig"));
  const isBedrock = toolConfig.has("tools");
  return {
    system: read(systemNames),
    tools: isBedrock ? readText(json, toolConfig, toolNames) : read(toolNames),
    responseFormat:
      readResponseFormat(json, fields) ??
      readResponseFormat(json, config) ??
      readText(json, config, innerFormatNames),
    editors: readEditors(fields),
    toolChoice: isBedrock ? readText(json, toolConfig, ["toolChoice"]) : read(choiceNames),
  };
}
