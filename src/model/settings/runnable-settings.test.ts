import { describe, expect, test } from "vitest";
import { describeConfig } from "../description/config/describe-config.ts";
import type { ModelDescription } from "../description/model-description.ts";
import type { PlanSettings } from "../plan/request/plan-settings.ts";
import type { ModelSource } from "./model-source.ts";
import type { SettingsBlock } from "./settings-block.ts";
import { settingsOf } from "./settings-of.ts";
import { smallLlamaConfig } from "../description/llama.fixture.ts";

const config: ModelDescription = describeConfig("small", {
  ...smallLlamaConfig,
  max_position_embeddings: 8192,
  tie_word_embeddings: undefined,
});
const gguf: ModelDescription = { ...config, format: "gguf" };
const serving = { contextTokens: 8192, sequences: 1 };
const vllm: PlanSettings = { engine: "vllm", options: {}, weightType: undefined, ...serving };
const llamaCpp: PlanSettings = { engine: "llama.cpp", options: {}, weightType: undefined, ...serving };

function firstBlock(
  description: ModelDescription,
  settings: PlanSettings,
  source: ModelSource,
): SettingsBlock {
  const [block] = settingsOf(description, settings, source);
  if (block === undefined) throw new Error("no settings");
  return block;
}

/** The first line of a command, without the backslash at its end. */
const firstLine = ({ text }: SettingsBlock): string => text.split("\n")[0]?.replace(/ \\$/u, "") ?? "";
/** The lines of a command that name its model. */
const lineOf = ({ text }: SettingsBlock, flag: RegExp): string =>
  text
    .split(" \\\n  ")
    .find((line) => flag.test(line))
    ?.trim() ?? "";

describe("vllm serve", () => {
  test.each([
    ["hf:meta-llama/Llama-3.1-8B", "vllm serve meta-llama/Llama-3.1-8B"],
    ["hf:meta-llama/Llama-3.1-8B@v1:config.json", "vllm serve meta-llama/Llama-3.1-8B --revision v1"],
    ["https://huggingface.co/meta-llama/Llama-3.1-8B", "vllm serve meta-llama/Llama-3.1-8B"],
    ["config.json", "vllm serve ."],
    ["small/config.json", "vllm serve ./small"],
    ["small", "vllm serve ./small"],
    ["models/small/", "vllm serve ./models/small"],
    ["./small/model.safetensors", "vllm serve ./small"],
    ["../small/model-00001-of-00004.safetensors", "vllm serve ../small"],
    ["/models/small/model.safetensors.index.json", "vllm serve /models/small"],
    ["/config.json", "vllm serve /"],
    ["my models/config.json", "vllm serve './my models'"],
  ])("names a repository or a folder for %s", (location, command) => {
    expect(firstLine(firstBlock(config, vllm, { location }))).toBe(command);
  });

  test("says what a lone config.json needs next to it", () => {
    const { notes } = firstBlock(config, vllm, { location: "small/config.json" });
    expect(notes[0]).toBe(
      "./small must hold the weights (*.safetensors) and the tokenizer next to config.json",
    );
  });

  test("downloads what is behind an address into a folder first", () => {
    const block = firstBlock(config, vllm, { location: "https://models.test/small/config.json" });
    expect(firstLine(block)).toMatch(/^vllm serve \.\/\w+$/u);
    expect(block.notes[0]).toMatch(/^download all files of https:\/\/models\.test\/small into \.\//u);
  });

  test("asks for the tokenizer of a GGUF", () => {
    const block = firstBlock(gguf, vllm, { location: "a/llama-q4.gguf" });
    expect(firstLine(block)).toBe("vllm serve ./a/llama-q4.gguf");
    expect(block.notes[0]).toContain("--tokenizer");
  });
});

describe("llama-server", () => {
  test.each([
    [{ location: "llama.gguf" }, "-m ./llama.gguf"],
    [{ location: "/models", fileName: "llama.gguf" }, "-m /models/llama.gguf"],
    [{ location: "https://models.test/llama.gguf" }, "-mu https://models.test/llama.gguf"],
    [{ location: "hf:owner/name", fileName: "llama-q4.gguf" }, "-hf owner/name -hff llama-q4.gguf"],
    [{ location: "hf:owner/name:Q4_K_M", fileName: "llama-q4.gguf" }, "-hf owner/name:Q4_K_M"],
    [{ location: "hf:owner/name:q4/llama.gguf" }, "-hf owner/name -hff q4/llama.gguf"],
    [{ location: "hf:owner/name:q4/", fileName: "llama.gguf" }, "-hf owner/name -hff q4/llama.gguf"],
  ])("loads the GGUF that was read: %j", (source, words) => {
    expect(lineOf(firstBlock(gguf, llamaCpp, source), /^-(?:m|mu|hf)\b/u)).toBe(words);
  });

  test("says how to make the precision that the plan needs", () => {
    const block = firstBlock(gguf, { ...llamaCpp, weightType: "q4_k_m" }, { location: "/m/llama.gguf" });
    expect(lineOf(block, /^-m /u)).toBe("-m ./llama-q4_k_m.gguf");
    expect(block.notes[0]).toContain("llama-quantize /m/llama.gguf ./llama-q4_k_m.gguf Q4_K_M");
  });

  test("says how to make a GGUF of another format", () => {
    const block = firstBlock(config, llamaCpp, { location: "hf:owner/name" });
    expect(lineOf(block, /^-m /u)).toBe("-m ./name-bf16.gguf");
    expect(block.notes[0]).toBe("download it first: hf download owner/name --local-dir ./name");
    expect(block.notes[1]).toContain(
      "python convert_hf_to_gguf.py ./name --outfile ./name-bf16.gguf --outtype bf16",
    );
    const local = firstBlock(config, llamaCpp, { location: "small/config.json" });
    expect(local.notes.join("\n")).toContain("convert_hf_to_gguf.py ./small --outfile ./small-bf16.gguf");
  });
});

describe("Python blocks", () => {
  const training = (more: object): readonly SettingsBlock[] =>
    settingsOf(
      config,
      {
        engine: "pytorch",
        options: { batch: 1, sequence: 512, ...more },
        weightType: undefined,
        contextTokens: 512,
        sequences: 1,
      },
      { location: "small/config.json" },
    ).filter(({ kind }) => kind === "python");

  test.each([{}, { adapter: { kind: "lora", rank: 8 } }, { adapter: { kind: "qlora", rank: 8 } }])(
    "import every name that they call: %j",
    (more) => {
      const blocks = training(more);
      expect(blocks).toHaveLength(2);
      for (const { text } of blocks) {
        const called = [...text.matchAll(/\b([A-Z]\w+|get_peft_model)(?=[(.])/gu)].map(([, name]) => name);
        expect(called.length).toBeGreaterThan(0);
        const imported = [...text.matchAll(/^from \w+ import (.+)$/gmu)].flatMap(([, names]) =>
          (names ?? "").split(", "),
        );
        for (const name of called) expect(imported).toContain(name);
      }
    },
  );

  test("load from a folder or a repository", () => {
    expect(training({})[1]?.text).toContain('from_pretrained(\n    "./small",');
    const [, hub] = settingsOf(
      gguf,
      {
        engine: "pytorch",
        options: { batch: 1, sequence: 512 },
        weightType: undefined,
        contextTokens: 512,
        sequences: 1,
      },
      { location: "hf:owner/name@v2", fileName: "llama.gguf" },
    );
    expect(hub?.text).toContain('"owner/name",\n    revision="v2",\n    gguf_file="llama.gguf",');
  });
});
