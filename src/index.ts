export { LoadlineError, errorCodes, isLoadlineError } from "./shared/errors.ts";
export type { ErrorCode, ErrorDetails } from "./shared/errors.ts";
export type { Ledger, LedgerKind } from "./shared/ledger.ts";
export { openMemory, readConversation } from "./window/index.ts";
export type { Memory, MemoryOptions, Recalled, Thread, Window, WindowOptions } from "./window/index.ts";
