import type { Part, Role } from "../message/message.ts";
import { isReminder } from "./reminders.ts";

/**
 * Beginnings of user messages in which an agent without native tool calls sends what its command returned, or that its answer held no
 * command.
 */
const beginnings: readonly RegExp[] = [
  // Tags: mini-SWE-agent, Hermes, OpenHands and prompts that follow them.
  /^<(returncode|output|observation|exception|tool_response|tool_result|function_results?|function_call_result|command_output|execution_result|stdout|stderr)\b/i,
  // ReAct, SWE-agent, smolagents, Terminus and AutoGen.
  /^(observations?|tool (output|result|response)s?|(command|function|code|execution|terminal|shell) (output|result)s?|new terminal output|exit ?code|return ?code)\s*(\([^)\n]*\))?\s*:/i,
  // Aider: its own report of a command.
  /^I ran this command:\s/,
  /^EXECUTION RESULT of \[/,
  // Cline and Roo Code: `[execute_command for 'ls'] Result:`.
  /^\[[a-z_]+(?: for [^\n]{0,400})?\] Result:/,
  // Complaints of the agent about the form of an answer.
  /^Please always provide EXACTLY ONE action/i,
  /^Your (last )?(output|answer|response) was not formatted correctly/i,
  /^\[ERROR\] You did not use a tool/i,
  /^The last command \S[\s\S]{0,2000}?timed out/i,
];

/** The heading of a result in Cline and Roo Code, and the tags in which they send the user's own words. */
const heading = /^\s*\[[a-z_]+(?: for [^\n]{0,400})?\] Result:/;
const userTags = /<(feedback|user_message|task|answer)>/;

/** Returns true for a text that begins as the report of a command. */
export function isReport(text: string): boolean {
  const start = text.trimStart();
  return beginnings.some((pattern) => pattern.test(start));
}

/**
 * Reads a user message that answers a command in the assistant's text as its result: role `tool`, and its texts as results without an
 * id. Only directly behind an assistant message without tool calls. Returns anything else unchanged.
 */
export function readObservation<Read extends { readonly role: Role; readonly parts: readonly Part[] }>(
  read: Read,
  previous: { readonly role: Role; readonly parts: readonly Pick<Part, "kind">[] } | undefined,
): Read {
  if (read.role !== "user" || previous?.role !== "assistant") return read;
  if (previous.parts.some((part) => part.kind === "tool-call")) return read;
  const isText = (part: Part): boolean => part.kind === "text";
  const texts = read.parts.filter(isText).map((part) => part.text);
  const [first] = texts;
  if (first === undefined || !isReport(first)) return read;
  // Cline sends the heading of a result, its text and the environment as blocks of their own, and the user's words in tags.
  const isAll = heading.test(first)
    ? !texts.some((text) => userTags.test(text))
    : texts.every((text) => isReport(text) || isReminder(text));
  if (!isAll) return read;
  const parts = read.parts.map((part): Part => (isText(part) ? { ...part, kind: "tool-result" } : part));
  return { ...read, role: "tool", parts };
}
