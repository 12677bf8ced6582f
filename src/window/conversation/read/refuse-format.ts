import { LoadlineError } from "../../../shared/errors.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";
import type { MessageSource } from "../formats/message-source.ts";
import type { Format } from "../message/message.ts";
import { formatSigns, knownFormats } from "../signs/format-signs.ts";
import { hasField, listObjects } from "../signs/sign.ts";
import { collectFormatVotes } from "./detect-format.ts";

/** Fields of a message that may stand in place of its content. */
const contentFields = ["content", "tool_calls", "function_call", "refusal", "audio", "reasoning_content"];

/** How many of an object's fields an error lists. */
const maxFieldsShown = 6;

function refuse(got: string, places: readonly string[]): never {
  throw new LoadlineError(
    "unknown-format",
    `format: got ${got}, allowed: ${knownFormats.join(", ")}; set format (--format) if you know which one it is`,
    { details: { places } },
  );
}

/** Describes an object by its role or type and its fields: `an object with type "human", data`. */
export function describeFields(value: unknown): string {
  if (!isJsonObject(value)) return "neither a list nor an object";
  const fields = Object.keys(value)
    .slice(0, maxFieldsShown)
    .map((key) => {
      const field = value[key];
      const isTag = (key === "role" || key === "type") && typeof field === "string";
      return isTag ? `${key} ${JSON.stringify(field.slice(0, 40))}` : key;
    });
  return `an object with ${fields.join(", ") || "no fields"}`;
}

/** Refuses messages whose format cannot be detected. Errors: `unknown-format`, with the places of contradicting signs. */
export function refuseFormat(sources: readonly MessageSource[], request: JsonObject | undefined): never {
  const { certain } = collectFormatVotes(
    sources.map((source) => source.value),
    request,
  );
  if (certain.size > 1) {
    const votes = [...certain]
      .toSorted(([, a], [, b]) => a - b)
      .map(([format, index]) => `${format} at ${sources[index]?.place ?? `message ${index}`}`);
    refuse(`messages of ${votes.join(" and ")}`, votes);
  }
  const [first] = sources;
  const place = first?.place ?? "message 0";
  refuse(`nothing that looks like a message; ${place} is ${describeFields(first?.value)}`, [place]);
}

/**
 * Refuses a message that its format would read as a piece of unknown type. Called only while no sign settles the format: a
 * dump of another program must not be read as plain messages.
 * Errors: `unknown-format`, with the message's place and the type of the block.
 */
export function refuseUnknownContent(sources: readonly MessageSource[], format: Format): void {
  const { blockTypes, itemTypes } = formatSigns[format];
  for (const { value, place } of sources) {
    if (!isJsonObject(value)) continue;
    const { type } = value;
    if (
      value["role"] !== undefined &&
      !contentFields.some((name) => hasField(value, name)) &&
      !("content" in value)
    )
      refuse(`a message without content; ${place} is ${describeFields(value)}`, [place]);
    if (value["role"] === undefined && typeof type === "string" && !itemTypes.has(type))
      refuse(`an item of an unknown type; ${place} is ${describeFields(value)}`, [place]);
    for (const [index, block] of listObjects(value["content"]).entries()) {
      const blockType = block["type"];
      if (typeof blockType === "string" && blockTypes.has(blockType)) continue;
      refuse(`a content block of an unknown type; ${place}: content[${index}] is ${describeFields(block)}`, [
        place,
      ]);
    }
  }
}
