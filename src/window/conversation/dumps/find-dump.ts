import type { JsonDocument } from "../json/json-documents.ts";
import { aiSdkUi } from "./ai-sdk-ui.ts";
import { chatGptExport } from "./chatgpt-export.ts";
import { claudeExport } from "./claude-export.ts";
import { shareGpt } from "./sharegpt.ts";
import { tau2 } from "./tau2.ts";
import type { DumpReader, RawConversation } from "./raw-conversation.ts";

/** The forms of products and frameworks that are converted, most specific signs first. */
const dumpReaders: readonly DumpReader[] = [chatGptExport, claudeExport, tau2, shareGpt, aiSdkUi];

/** Converts the conversations of a dump; undefined if the input is not one. Errors: `unknown-format` if it holds no messages. */
export function findDump(documents: readonly JsonDocument[]): readonly RawConversation[] | undefined {
  return dumpReaders.find((reader) => reader.recognizes(documents))?.read(documents);
}
