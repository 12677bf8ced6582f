/** Which packages and Node modules each folder may import; `node:` modules that touch the world are named one by one. */
export const packageTable: Readonly<Record<string, readonly string[]>> = {
  "src/shared": [],
  "src/window/conversation/message": ["node:crypto", "@noble/hashes"],
  // A registry of models with its data, loaded when a model is looked up.
  "src/window/prices": ["@pydantic/genai-prices"],
  "src/window/tokens": ["zod", "gpt-tokenizer", "@huggingface/tokenizers"],
  "src/window/store": ["node:sqlite", "node:fs", "node:path"],
  "src/window/measures": [],
  "src/window/assemble": [],
  "src/window/thread": ["zod"],
  "src/window/replay": [],
  "src/window": [],
  "src/model/file/location": ["node:fs/promises", "node:path"],
  "src/model/description": [],
  "src/model/ledger": [],
  "src/model/plan": [],
  "src/model/settings": [],
  "src/model/calls": [],
  "src/model": [],
  "src/lab/network": ["zod"],
  "src/lab/kernels": ["node:worker_threads"],
  "src/lab/data": [
    "node:child_process",
    "node:crypto",
    "node:fs/promises",
    "node:os",
    "node:path",
    "node:util",
    "node:zlib",
  ],
  "src/lab/random.ts": [],
  "src/lab/save": ["node:crypto", "node:fs/promises", "node:path", "node:zlib"],
  "src/lab/text": ["node:crypto", "node:fs", "node:fs/promises", "node:path", "zod"],
  "src/lab/graph": [],
  "src/lab/memory": [],
  "src/lab/compile.ts": [],
  "src/lab/train": ["zod"],
  "src/lab/plan": [],
  "src/lab/task": ["node:fs", "node:fs/promises", "node:path"],
  "src/lab/sweep": [],
  "src/lab": [],
  src: [],
  // Bundled into the module that names them.
  "src/report/charts": ["d3-array", "d3-scale", "d3-shape"],
  // Columns that a text takes on a terminal: a wide character takes two.
  "src/report/text": ["fast-string-width"],
  "src/cli": [
    "commander",
    "fast-string-width",
    "zod",
    "node:fs",
    "node:fs/promises",
    "node:path",
    "node:module",
    "node:url",
    "node:util",
    // Where agents keep sessions, compressed logs, and opencode's database.
    "node:os",
    "node:zlib",
    "node:sqlite",
  ],
};

/** Folders, including their subfolders, that also run in a browser: they import no `node:` module and use no global of Node. */
export const browserFolders: readonly string[] = ["src/shared", "src/window", "src/model"];

/** Folders inside those that only Node runs; other folders load them by a dynamic import. */
export const nodeFolders: readonly string[] = ["src/window/store/sqlite"];
