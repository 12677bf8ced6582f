import * as lab from "./lab/index.ts";
import * as model from "./model/index.ts";
import * as window from "./window/index.ts";

/**
 * The flows by name. A bundler leaves out a flow that is not used; to load one flow alone, also in Node, import it from
 * `loadline/window`, `loadline/model` or `loadline/lab`.
 */
export { lab, model, window };
export { LoadlineError, errorCodes, isLoadlineError } from "./shared/errors.ts";
export type { ErrorCode, ErrorDetails } from "./shared/errors.ts";
export type { Ledger, LedgerKind } from "./shared/ledger.ts";
export { openMemory, readConversation } from "./window/index.ts";
export type { Memory, MemoryOptions, Recalled, Thread, Window, WindowOptions } from "./window/index.ts";
