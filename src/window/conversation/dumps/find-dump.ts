import type { JsonDocument } from "../json/json-documents.ts";
import { aiSdkUi } from "./ai-sdk-ui.ts";
import type { DumpReader, RawConversation } from "./raw-conversation.ts";

/** The forms of products and frameworks that are converted, most specific signs first. */
const dumpReaders: readonly DumpReader[] = [aiSdkUi];

/** Converts the conversations of a dump; undefined if the input is not one. Errors: `unknown-format` if it holds no messages. */
export function findDump(documents: readonly JsonDocument[]): readonly RawConversation[] | undefined {
  return dumpReaders.find((reader) => reader.recognizes(documents))?.read(documents);
}
