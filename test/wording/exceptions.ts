/** A line that may hold a banned phrase. */
interface Exception {
  readonly path: string;
  /** Part of the line, or of what is found in it. */
  readonly text: string;
  readonly reason: string;
}

/** Places that may keep a banned phrase, each with its reason. */
export const exceptions: readonly Exception[] = [
  {
    path: "src/window/recall/words/irregular-forms.ts",
    text: "told",
    reason: "a form of a verb in the table of irregular forms",
  },
];

/** Folders and files, each with all within, whose language pass is not done: they are not checked yet. */
export const pendingFolders: readonly string[] = ["docs", "bench", "src", "test"];

/** Folders and files within the pending ones whose language pass is done: they are checked. Add yours when it is done. */
export const doneFolders: readonly string[] = [
  // The command line.
  "src/cli",

  // The lab.
  "src/lab",

  // Model: descriptions.
  "src/model/description/config",
  "src/model/description/describe-model.ts",
  "src/model/description/families",
  "src/model/description/gguf",
  "src/model/description/keras",
  "src/model/description/max-layers.ts",
  "src/model/description/model-description.ts",
  "src/model/description/weights-only.ts",

  // Model: files.
  "src/model/file",

  // Model: ledgers.
  "src/model/ledger/keras",
  "src/model/ledger/llama-cpp",

  // Model: plans and settings.
  "src/model/calls",
  "src/model/index.ts",
  "src/model/ledger/byte-ledger.ts",
  "src/model/ledger/traffic",
  "src/model/ledger/training",
  "src/model/ledger/vllm",
  "src/model/plan",
  "src/model/settings",
  "src/model/plan/devices",

  // Reports.
  "src/report",

  // Shared.
  "src/shared",

  // Window: conversations, recall, tokens.
  "src/window/conversation",
  "src/window/recall",
  "src/window/tokens",

  // Window: threads, stores, measures.
  "src/window/assemble",
  "src/window/index.ts",
  "src/window/measures",
  "src/window/prices",
  "src/window/replay",
  "src/window/store",
  "src/window/thread",

  // Tests, benches, documents.
  "bench/lab",
  "bench/model",
  "bench/recall",
  "bench/replay",
  "bench/window",
  "docs/README.md",
  "docs/command.md",
  "docs/decisions",
  "docs/devices.md",
  "docs/glossary.md",
  "docs/lab.md",
  "docs/model.md",
  "docs/window.md",
  "test/bundles",
  "test/check.ts",
  "test/chromium.ts",
  "test/contributing.test.ts",
  "test/devices.test.ts",
  "test/docs.test.ts",
  "test/figures",
  "test/fuzz",
  "test/glossary.test.ts",
  "test/kernels",
  "test/layers",
  "test/lockfile.test.ts",
  "test/oracles",
  "test/model",
  "test/package",
];
