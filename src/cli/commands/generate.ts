import { defineCommand } from "../command/define-command.ts";
import {
  compile,
  createEncoder,
  createTrainer,
  readSavedNetwork,
  generateTokens,
  parseVocabulary,
  readWholeFile,
  restoreModel,
  tokenText,
} from "../../lab/index.ts";
import { LoadlineError } from "../../shared/errors.ts";
import type { Command } from "../command/define-command.ts";
import { readFraction, readWhole } from "../read-numbers.ts";
import { standardInput } from "../read-options.ts";
import type { Terminal } from "../terminal.ts";
import { jsonText } from "../command/json-text.ts";
import { jsonFlag } from "../command/shared-arguments.ts";

const generateArguments = {
  model: {
    type: "positional",
    required: true,
    description: "weights that loadline train lm --save has written",
    valueHint: "MODEL",
  },
  prompt: { type: "string", description: "text to continue", valueHint: "TEXT" },
  length: { type: "string", description: "tokens to add (default: 400)", valueHint: "N" },
  temperature: {
    type: "string",
    description:
      "sampling temperature: below 1 prefers likely tokens, 0 always takes the likeliest (default: 0.8)",
    valueHint: "X",
  },
  seed: { type: "string", description: "seed of the sampling (default: 1)", valueHint: "N" },
  json: jsonFlag,
} as const;

/** A larger file cannot come from an arena of 4 GiB. */
const maxModelBytes = 2 ** 33;

/** `loadline generate MODEL --prompt TEXT`: continues a text. */
export function generateCommand(terminal: Terminal): Command {
  return defineCommand({
    description: "Continue a text with a model that loadline train lm has saved",
    examples: [
      "train lm book.txt --save model.safetensors",
      'generate model.safetensors --prompt "Light is"',
    ],
    args: generateArguments,
    run: async (args) => {
      const isPiped = args.model === "-";
      const bytes = isPiped ? await terminal.input() : await readWholeFile(args.model, maxModelBytes);
      const name = isPiped ? standardInput : args.model;
      const { network, metadata } = readSavedNetwork(bytes, name);
      const words = metadata["vocabulary"];
      if (words === undefined || network.input.type !== "int32") {
        throw new LoadlineError(
          "invalid-data",
          `${name}: it holds no language model, allowed: one of loadline train lm`,
        );
      }
      const vocabulary = parseVocabulary(words, name);
      const program = compile(network, { batch: 1, optimizer: "sgd" });
      const trainer = createTrainer(program);
      try {
        restoreModel(trainer, bytes, name);
        const prompt = args.prompt ?? "";
        const tokens = generateTokens(trainer, createEncoder(vocabulary)(prompt), {
          length: readWhole("length", args.length ?? "400", 1),
          temperature: readFraction("temperature", args.temperature ?? "0.8", 0, 100),
          seed: readWhole("seed", args.seed ?? "1", 0),
        });
        const joint = vocabulary.kind === "words" ? " " : "";
        const text = [...tokens].map((token) => tokenText(vocabulary, token)).join(joint);
        if (args.json === true) terminal.out(jsonText({ prompt, text }));
        else terminal.out(`${prompt}${prompt === "" ? "" : joint}${text}`);
      } finally {
        await trainer.close();
      }
    },
  });
}
