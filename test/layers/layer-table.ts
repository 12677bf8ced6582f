import { modelLayers } from "./model-layers.ts";

/** The rooms of a conversation, from the text of a message to its edit. */
const conversation: readonly string[] = [
  "src/window/conversation/json",
  "src/window/conversation/message",
  "src/window/conversation/media",
  "src/window/conversation/formats",
  "src/window/sessions",
  "src/window/conversation/signs",
  "src/window/conversation/read",
  "src/window/conversation/edit",
];

/** The rooms of recall, from words to the ranking. */
const recall: readonly string[] = [
  "src/window/recall/words",
  "src/window/recall/index",
  "src/window/recall/score",
  "src/window/recall/rank",
];

/**
 * Allowed imports: each folder, or file that is a layer of its own, with those it may import in addition to itself. Only downward; the
 * three flows (window, model, lab) never import each other, and everything outside a flow imports only its `index.ts`.
 */
export const layerTable: Readonly<Record<string, readonly string[]>> = {
  "src/shared": [],

  "src/window/conversation/json": ["src/shared"],
  "src/window/conversation/message": ["src/shared"],
  "src/window/conversation/media": ["src/shared", "src/window/conversation/message"],
  "src/window/conversation/formats": [
    "src/shared",
    "src/window/conversation/json",
    "src/window/conversation/message",
    "src/window/conversation/media",
  ],
  "src/window/conversation/signs": ["src/shared", "src/window/conversation/message"],
  "src/window/conversation/edit": ["src/shared", "src/window/conversation/message"],
  "src/window/sessions": [
    "src/shared",
    "src/window/conversation/json",
    "src/window/conversation/message",
    "src/window/conversation/formats",
  ],
  "src/window/conversation/read": [
    "src/shared",
    "src/window/conversation/json",
    "src/window/conversation/message",
    "src/window/conversation/formats",
    "src/window/sessions",
    "src/window/conversation/signs",
  ],
  "src/window/prices": ["src/shared"],
  "src/window/rules": ["src/shared", "src/window/conversation/message"],
  "src/window/tokens": ["src/shared", ...conversation],
  "src/window/recall/words": ["src/shared"],
  "src/window/recall/index": ["src/shared", "src/window/recall/words"],
  "src/window/recall/score": ["src/shared", "src/window/recall/words", "src/window/recall/index"],
  "src/window/recall/rank": [
    "src/shared",
    "src/window/recall/words",
    "src/window/recall/index",
    "src/window/recall/score",
  ],
  "src/window/store": ["src/shared", ...conversation],
  "src/window/measures": ["src/shared", "src/window/prices", "src/window/store"],
  "src/window/assemble": [
    "src/shared",
    ...conversation,
    "src/window/tokens",
    "src/window/store",
    "src/window/measures",
  ],
  "src/window/thread": [
    "src/shared",
    ...conversation,
    "src/window/prices",
    "src/window/tokens",
    ...recall,
    "src/window/store",
    "src/window/measures",
    "src/window/assemble",
    "src/window/rules",
  ],
  "src/window/replay": [
    "src/shared",
    ...conversation,
    "src/window/prices",
    "src/window/tokens",
    "src/window/measures",
    "src/window/assemble",
    "src/window/thread",
  ],
  "src/window": [
    "src/shared",
    ...conversation,
    "src/window/prices",
    "src/window/tokens",
    ...recall,
    "src/window/store",
    "src/window/measures",
    "src/window/assemble",
    "src/window/thread",
    "src/window/replay",
    "src/window/rules",
  ],

  ...modelLayers,

  "src/lab/network": ["src/shared"],
  "src/lab/kernels": ["src/shared"],
  "src/lab/graph": ["src/shared", "src/lab/random.ts", "src/lab/network", "src/lab/kernels"],
  "src/lab/memory": ["src/shared", "src/lab/graph", "src/lab/kernels"],
  "src/lab/compile.ts": [
    "src/shared",
    "src/lab/network",
    "src/lab/graph",
    "src/lab/memory",
    "src/lab/kernels",
  ],
  "src/lab/data": ["src/shared", "src/lab/random.ts"],
  "src/lab/text": ["src/shared", "src/lab/data"],
  "src/lab/save": ["src/shared", "src/lab/network", "src/lab/graph"],
  "src/lab/train": [
    "src/shared",
    "src/lab/random.ts",
    "src/lab/network",
    "src/lab/graph",
    "src/lab/kernels",
    "src/lab/compile.ts",
    "src/lab/data",
    "src/lab/save",
  ],
  "src/lab/plan": ["src/shared", "src/lab/network", "src/lab/graph", "src/lab/compile.ts"],
  "src/lab/task": [
    "src/shared",
    "src/lab/network",
    "src/lab/graph",
    "src/lab/compile.ts",
    "src/lab/data",
    "src/lab/text",
    "src/lab/save",
    "src/lab/train",
    "src/lab/plan",
  ],
  "src/lab/sweep": [
    "src/shared",
    "src/lab/network",
    "src/lab/graph",
    "src/lab/compile.ts",
    "src/lab/data",
    "src/lab/train",
  ],
  "src/lab": [
    "src/shared",
    "src/lab/network",
    "src/lab/graph",
    "src/lab/memory",
    "src/lab/kernels",
    "src/lab/compile.ts",
    "src/lab/data",
    "src/lab/text",
    "src/lab/save",
    "src/lab/train",
    "src/lab/plan",
    "src/lab/task",
    "src/lab/sweep",
  ],

  src: ["src/shared", "src/window", "src/model", "src/lab"],
  "src/report/text": ["src/shared", "src/window", "src/model", "src/lab"],
  "src/report/charts": ["src/shared", "src/window", "src/model", "src/lab", "src/report/text"],
  "src/report/pages": [
    "src/shared",
    "src/window",
    "src/model",
    "src/lab",
    "src/report/text",
    "src/report/charts",
  ],
  "src/report": ["src/report/text", "src/report/charts", "src/report/pages"],
  "src/server": ["src/shared", "src/window", "src/model", "src/lab"],
  // The command imports single files of the report, so that it loads only what one command prints.
  "src/cli": [
    "src/shared",
    "src/window",
    "src/model",
    "src/lab",
    "src/server",
    "src/report/text",
    "src/report/pages",
  ],
  web: ["src/server", "src/report/charts"],
};

/** Folders that may import anything in the project, because they are not shipped. */
export const freeFolders: readonly string[] = ["bench", "examples", "test"];
