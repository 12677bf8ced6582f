import { isJsonObject } from "../../shared/json/json-object.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";
import type { ToolDefinition } from "./tool-definitions.ts";

/** Deeper schemas are recursive or hostile; models see `any` there. */
const maxDepth = 12;

interface Scope {
  readonly definitions: JsonObject;
  readonly depth: number;
}

function deepen(scope: Scope): Scope {
  return { ...scope, depth: scope.depth + 1 };
}

function listObjects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((item): item is JsonObject => isJsonObject(item)) : [];
}

function resolveReference(reference: string, scope: Scope): unknown {
  return scope.definitions[reference.slice(reference.lastIndexOf("/") + 1)];
}

function renderNamedType(type: unknown, schema: JsonObject, indent: number, scope: Scope): string {
  switch (type) {
    case "integer":
    case "number":
    case "INTEGER":
    case "NUMBER":
      return "number";
    case "array":
    case "ARRAY":
      return schema["items"] === undefined ? "any[]" : `${renderType(schema["items"], indent, scope)}[]`;
    case "object":
    case "OBJECT":
      return isJsonObject(schema["properties"])
        ? `{\n${renderProperties(schema, indent + 2, scope)}\n${" ".repeat(indent)}}`
        : "object";
    default:
      return typeof type === "string" ? type.toLowerCase() : "any";
  }
}

function renderType(value: unknown, indent: number, scope: Scope): string {
  if (!isJsonObject(value) || scope.depth > maxDepth) return "any";
  const inner = deepen(scope);
  const reference = value["$ref"];
  if (typeof reference === "string") return renderType(resolveReference(reference, scope), indent, inner);
  if (Array.isArray(value["enum"])) return value["enum"].map((item) => JSON.stringify(item)).join(" | ");
  if (value["const"] !== undefined) return JSON.stringify(value["const"]);
  const choices = listObjects(value["anyOf"] ?? value["oneOf"] ?? value["allOf"]);
  if (choices.length > 0) return choices.map((choice) => renderType(choice, indent, inner)).join(" | ");
  const type = value["type"] ?? (isJsonObject(value["properties"]) ? "object" : undefined);
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  return types.map((one) => renderNamedType(one, value, indent, inner)).join(" | ");
}

function renderDefault(value: unknown): string {
  if (value === undefined) return "";
  return ` // default: ${typeof value === "string" ? value : JSON.stringify(value)}`;
}

function renderProperties(schema: JsonObject, indent: number, scope: Scope): string {
  const required: readonly unknown[] = Array.isArray(schema["required"]) ? schema["required"] : [];
  const properties = isJsonObject(schema["properties"]) ? schema["properties"] : {};
  const pad = " ".repeat(indent);
  const lines: string[] = [];
  for (const [name, property] of Object.entries(properties)) {
    const facts = isJsonObject(property) ? property : {};
    if (typeof facts["description"] === "string") lines.push(`${pad}// ${facts["description"].trim()}`);
    const mark = required.includes(name) ? "" : "?";
    lines.push(
      `${pad}${name}${mark}: ${renderType(property, indent, scope)},${renderDefault(facts["default"])}`,
    );
  }
  return lines.join("\n");
}

/** Returns true for a function with parameters. */
export function hasProperties(tool: ToolDefinition): boolean {
  return isJsonObject(tool.schema["properties"]) && Object.keys(tool.schema["properties"]).length > 0;
}

/**
 * Renders tools as OpenAI shows them to its models: as TypeScript types in a namespace. The form is not published; it was found
 * by comparing reported counts (github.com/hmarr/openai-chat-tokens) and is tested against more of them.
 */
export function renderFunctions(tools: readonly ToolDefinition[]): string {
  const lines = ["namespace functions {", ""];
  for (const tool of tools) {
    if (tool.description.trim() !== "") lines.push(`// ${tool.description.trim()}`);
    const definitions = tool.schema["$defs"] ?? tool.schema["definitions"];
    const scope = { definitions: isJsonObject(definitions) ? definitions : {}, depth: 0 };
    if (hasProperties(tool)) {
      lines.push(`type ${tool.name} = (_: {`, renderProperties(tool.schema, 0, scope), "}) => any;");
    } else lines.push(`type ${tool.name} = () => any;`);
    lines.push("");
  }
  lines.push("} // namespace functions");
  return lines.join("\n");
}
