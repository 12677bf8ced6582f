import { isJsonObject } from "../../../shared/json/json-object.ts";
import { skipBlanks } from "../../../shared/json/json-tokens.ts";
import { readFields } from "../json/fields.ts";
import type { Format } from "../message/message.ts";

/**
 * Members of a response that Anthropic refuses when it comes back as a message ("Extra inputs are not permitted"): a message has a role
 * and a content (API reference of the Messages API, read 2026-11-29).
 */
const responseMembers: ReadonlySet<string> = new Set([
  "id",
  "type",
  "model",
  "stop_reason",
  "stop_sequence",
  "stop_details",
  "usage",
  "container",
  "context_management",
  "diagnostics",
]);

/**
 * Returns an entire response of Anthropic's API, which was stored as it came, as the message that may be sent: its role and its content,
 * byte for byte. Other messages come back unchanged.
 */
export function dropResponseMembers(json: string, format: Format): string {
  if (format !== "anthropic" || !json.includes('"stop_reason"') || !json.includes('"usage"')) return json;
  const value: unknown = JSON.parse(json);
  if (!isJsonObject(value) || value["type"] !== "message" || value["stop_reason"] === undefined) return json;
  const fields = readFields(json, skipBlanks(json, 0), value);
  // What is unknown is passed on: a later version of the API may want it back.
  const names = ["role", "content", ...[...fields.keys()].filter((name) => !responseMembers.has(name))];
  const members = [...new Set(names)].flatMap((name) => {
    const range = fields.get(name)?.range;
    return range === undefined ? [] : [`${JSON.stringify(name)}:${json.slice(range.start, range.end)}`];
  });
  return `{${members.join(",")}}`;
}
