import { conversationFormat, conversationNumber } from "../command/shared-arguments.ts";
import type {
  ArgumentValues,
  FlagArgument,
  PositionalArgument,
  TextArgument,
} from "../command/define-command.ts";

const group = "Sessions of coding agents";

function agentFlag(title: string): FlagArgument {
  return { type: "boolean", group, description: `the sessions of ${title} on this machine` };
}

/** The file of the commands that read a conversation; with an agent's option, the session. */
const conversationFile: PositionalArgument & { readonly required: false } = {
  type: "positional",
  required: false,
  description: "a conversation (JSON, JSONL or .traj), an agent's session, or a folder; - is standard input",
  valueHint: "FILE",
};

const sessionSelector: TextArgument = {
  type: "string",
  group,
  description: "which session of the folder: its number in the list, its id, or a part of its title",
  valueHint: "N",
};

/** The arguments of the commands that read a conversation. The options of agents are named as in `agentPlaces`. */
export const sessionArguments: {
  readonly file: PositionalArgument & { readonly required: false };
  readonly session: TextArgument;
  readonly format: TextArgument;
  readonly conversation: TextArgument;
  readonly "claude-code": FlagArgument;
  readonly codex: FlagArgument;
  readonly opencode: FlagArgument;
  readonly cline: FlagArgument;
  readonly roo: FlagArgument;
  readonly "gemini-cli": FlagArgument;
  readonly "qwen-code": FlagArgument;
} = {
  file: conversationFile,
  session: sessionSelector,
  format: conversationFormat,
  conversation: conversationNumber,
  "claude-code": agentFlag("Claude Code"),
  codex: agentFlag("Codex"),
  opencode: agentFlag("opencode"),
  cline: agentFlag("Cline"),
  roo: agentFlag("Roo Code"),
  "gemini-cli": agentFlag("Gemini CLI"),
  "qwen-code": agentFlag("Qwen Code"),
};

/** The values of these arguments. */
export type SessionValues = ArgumentValues<typeof sessionArguments>;
