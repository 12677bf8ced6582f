import { isJsonObject } from "../../shared/json/json-object.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";

/** A tool that the caller runs, in any format. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** The JSON schema of its arguments; an empty object if it has none. */
  readonly schema: JsonObject;
}

/** The tools of a request. */
export interface ToolList {
  readonly definitions: readonly ToolDefinition[];
  /** Tools that the provider runs, as they were written. */
  readonly hosted: readonly JsonObject[];
}

const schemaNames = [
  "parameters",
  "input_schema",
  "inputSchema",
  "parametersJsonSchema",
  "parameters_json_schema",
] as const;

function readText(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function readSchema(tool: JsonObject): JsonObject {
  for (const name of schemaNames) {
    const schema = tool[name];
    if (!isJsonObject(schema)) continue;
    // Bedrock Converse and the AI SDK keep the schema one level deeper.
    const inner = schema["json"] ?? schema["jsonSchema"];
    return isJsonObject(inner) ? inner : schema;
  }
  return {};
}

function makeDefinition(tool: JsonObject, name = readText(tool["name"])): ToolDefinition {
  return { name, description: readText(tool["description"]), schema: readSchema(tool) };
}

function isObject(value: unknown): value is JsonObject {
  return isJsonObject(value);
}

/** Returns the objects that each describe one tool: Gemini lists several in one, other formats nest one. */
function openTool(tool: JsonObject): readonly JsonObject[] {
  const declared = tool["functionDeclarations"] ?? tool["function_declarations"];
  if (Array.isArray(declared)) return declared.filter(isObject);
  const inner = tool["function"] ?? tool["toolSpec"] ?? tool["custom"];
  return isJsonObject(inner) ? [inner] : [tool];
}

function isDefinition(tool: JsonObject): boolean {
  const type = tool["type"];
  const isCustom = type === undefined || type === "function" || type === "custom" || type === "dynamic";
  return readText(tool["name"]) !== "" && (isCustom || schemaNames.some((name) => isJsonObject(tool[name])));
}

/** Returns true for a tool that the model does not see until a search finds it. */
function isDeferred(tool: JsonObject): boolean {
  return tool["defer_loading"] === true || tool["deferLoading"] === true;
}

/** Reads the `tools` value of a request in any format: a list, Bedrock's object with a list, or the AI SDK's record by name. */
export function readTools(value: unknown): ToolList {
  if (isJsonObject(value) && !Array.isArray(value["tools"])) {
    const named = Object.entries(value).filter((entry): entry is [string, JsonObject] =>
      isJsonObject(entry[1]),
    );
    return { definitions: named.map(([name, tool]) => makeDefinition(tool, name)), hosted: [] };
  }
  const list: readonly unknown[] = Array.isArray(value)
    ? value
    : isJsonObject(value)
      ? (value["tools"] as unknown[])
      : [];
  const shown = list.filter(isObject).filter((tool) => !isDeferred(tool));
  const tools = shown.flatMap(openTool).filter((tool) => !isDeferred(tool));
  return {
    definitions: tools.filter(isDefinition).map((tool) => makeDefinition(tool)),
    hosted: tools.filter((tool) => !isDefinition(tool)),
  };
}
