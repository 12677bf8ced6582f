export { LoadlineError, errorCodes, isLoadlineError } from "../shared/errors.ts";
export type { ErrorCode, ErrorDetails } from "../shared/errors.ts";
export type { TextRange } from "../shared/json/text-range.ts";
export type { Ledger, LedgerKind } from "../shared/ledger.ts";
export type {
  CacheUse,
  RecalledBlock,
  Window,
  WindowMessage,
  WindowRepair,
  RefusedEdit,
} from "./assemble/assemble-window.ts";
export type { ProviderEdit } from "./assemble/provider-edits.ts";
export type {
  Conversation,
  Format,
  Frame,
  ImageFacts,
  Message,
  Part,
  PartKind,
  ReportedUsage,
  Role,
} from "./conversation/message/message.ts";
export { detectListFormat } from "./conversation/read/detect-format.ts";
export type { DetectedFormat } from "./conversation/read/detect-format.ts";
export { readConversation, readConversations } from "./conversation/read/read-conversation.ts";
export type { SessionFacts } from "./conversation/message/session-facts.ts";
export type { FileAccess, FolderEntry } from "./sessions/folders/file-access.ts";
export { listSessions, openSession } from "./sessions/folders/list-sessions.ts";
export type { ListOptions } from "./sessions/folders/list-sessions.ts";
export type { SessionEntry, SessionList, UnreadableFile } from "./sessions/folders/session-entry.ts";
export { decodeBedrockBytes } from "./conversation/formats/bedrock-bytes.ts";
export { readUsage } from "./conversation/formats/usage.ts";
export type { ReadOptions } from "./conversation/read/read-conversation.ts";
export { formats } from "./conversation/read/read-message.ts";
export type { Edit, EditReason, EditTarget, Insertion, Measure } from "./measures/edit.ts";
export { measures } from "./measures/edit.ts";
export type {
  AnswerOptions,
  Appended,
  AppendOptions,
  ExpandedEntry,
  Explanation,
  ProvisionalAnswer,
  Synced,
  SyncOptions,
  Thread,
  UsageReport,
} from "./thread/thread.ts";
export { openMemory } from "./thread/open-memory.ts";
export type { Relation } from "./identity/align-history.ts";
export type { ThreadOptions, Memory, MemoryOptions, MemorySyncOptions } from "./thread/open-memory.ts";
export type { ConversationInput } from "./thread/append/read-input.ts";
export type { Recalled, RecalledItem } from "./thread/recall/recall-from-pool.ts";
export { formatRecalled } from "./thread/recall/recall-from-pool.ts";
export type { RecallOptions, WindowOptions } from "./thread/window-options.ts";
export { cachePriceNames, cachePrices } from "./prices/cache-prices.ts";
export type { CachePrices } from "./prices/cache-prices.ts";
export { derivePrices } from "./prices/derive-prices.ts";
export { computeUsd } from "./prices/model-budget.ts";
export { findModel } from "./prices/model-facts.ts";
export type { ModelFacts, ModelOverride, ModelOverrides, ModelPrices } from "./prices/model-facts.ts";
export { computeCallCost, computeEditGain } from "./prices/economics.ts";
export type { Embedder } from "./recall/rank/embedder.ts";
export type { Why } from "./recall/rank/explain.ts";
export { priceConversation } from "./replay/money.ts";
export type { ConversationCost } from "./replay/money.ts";
export { inspectConversation } from "./replay/inspect-conversation.ts";
export type { InspectedItem, Inspection, RepeatedResult } from "./replay/inspect-conversation.ts";
export { replay, strategies } from "./replay/replay.ts";
export type { Replay, ReplayOptions, ReplayedCall, Strategy } from "./replay/replay.ts";
export type { CallFigures, StrategyTotals } from "./replay/tally.ts";
export { openMemoryStore } from "./store/memory-store.ts";
export { openSqliteStore } from "./store/open-sqlite-store.ts";
export type { SqliteStoreOptions } from "./store/sqlite/open-sqlite-file.ts";
export type {
  AnswerPlace,
  CandidateSet,
  Entry,
  ThreadChanges,
  ThreadEvent,
  ThreadHead,
  ThreadRecord,
  Store,
  StoredAnswer,
  StoredCalibration,
  StoredPart,
} from "./store/store.ts";
export { cl100kCounter, o200kCounter } from "./tokens/bpe-counters.ts";
export type { TokenCounter } from "./tokens/counter.ts";
export { counterForModel } from "./tokens/model-vocabulary.ts";
export { tokenizerJsonCounter } from "./tokens/tokenizer-json-counter.ts";
export type { TokenizerJson } from "./tokens/tokenizer-json-counter.ts";
