import { formats } from "../../window/index.ts";
import type { FlagArgument, TextArgument } from "./define-command.ts";

/** `--json` of every command. */
export const jsonFlag: FlagArgument = { type: "boolean", description: "print JSON" };

/** `--report` of the commands that write a page. */
export const reportFile: TextArgument = {
  type: "string",
  description: "write a page with charts to this file",
  valueHint: "OUT.html",
};

/** The format of the commands that read a conversation. */
export const conversationFormat: TextArgument = {
  type: "string",
  description: `format of the messages: ${formats.join(", ")} (default: detected)`,
  valueHint: "NAME",
};

/** Which conversation of a file that holds several: an export, a log, results of a benchmark. */
export const conversationNumber: TextArgument = {
  type: "string",
  description: "which conversation of a file that holds several, from 1",
  valueHint: "N",
};

/** The model whose tokens a conversation is counted in. */
export const countingModel: TextArgument = {
  type: "string",
  description: "model whose vocabulary counts the tokens (default: the one that the file names)",
  valueHint: "NAME",
};

/** `--seed` of training runs and sweeps. */
export const trainingSeed: TextArgument = {
  type: "string",
  description: "seed of all random numbers (default: 1)",
  valueHint: "N",
};

/** `--threads` of training runs and sweeps. */
export const trainingThreads: TextArgument = {
  type: "string",
  description: "threads (default: one per core)",
  valueHint: "N",
};

/** `--data` of the commands that read handwritten digits. */
export const digitFolder: TextArgument = {
  type: "string",
  description: "a folder with the four IDX files (default: downloaded once from npm and kept)",
  valueHint: "FOLDER",
};
