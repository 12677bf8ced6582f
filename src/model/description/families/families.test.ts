import { describe, expect, test } from "vitest";
import {
  families,
  familyTables,
  findConfigFamily,
  findLlamaCppFamily,
  findTrainingRecipe,
  isNotFollowed,
} from "./find-family.ts";

const rows = Object.entries(families);
const ofLlamaCpp = rows.flatMap(([name, { llamaCpp }]) =>
  typeof llamaCpp === "object" ? [[name, llamaCpp] as const] : [],
);

describe("the rows of families", () => {
  test("name each family once", () => {
    const names = familyTables.flatMap((table) => Object.keys(table));
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test("name each model type and alias once", () => {
    const names = rows.flatMap(([, { config = {} }]) =>
      Object.entries(config).flatMap(([type, { aliases = [] }]) => [type, ...aliases]),
    );
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test("say how llama.cpp runs the family, or what its config.json is called", () => {
    for (const [name, { llamaCpp, config }] of rows)
      expect({ name, found: llamaCpp !== undefined || Object.keys(config ?? {}).length > 0 }).toEqual({
        name,
        found: true,
      });
  });

  test("give a period to each window that has one", () => {
    for (const [name, { window }] of ofLlamaCpp)
      if (window?.kind === "period" || window?.kind === "dense-first")
        expect({ name, period: window.period }).toEqual({ name, period: expect.any(Number) });
  });

  test("give a graph or a mixer to each family with a recurrent state, and never both", () => {
    for (const [name, { recurrent, graph, mixer }] of ofLlamaCpp) {
      const builders = [graph, mixer].filter((each) => each !== undefined).length;
      expect({ name, builders }).toEqual({ name, builders: recurrent === undefined ? builders : 1 });
      expect(builders).toBeLessThan(2);
    }
  });

  test("give traits only to families that use the common graph", () => {
    for (const [name, { graph, traits }] of ofLlamaCpp)
      expect({ name, both: graph !== undefined && traits !== undefined }).toEqual({ name, both: false });
  });
});

describe("a family is found", () => {
  test("by its name in GGUF", () => {
    expect(findLlamaCppFamily("gemma2")?.window).toEqual({ kind: "period", period: 2, defaultWindow: 4096 });
    expect(findLlamaCppFamily("constructor")).toBeUndefined();
  });

  test("by a model type and by its alias", () => {
    expect(findConfigFamily("mixtral")?.gguf).toBe("llama");
    expect(findConfigFamily("gemma3")?.gguf).toBe("gemma3");
    expect(findConfigFamily("constructor")).toBeUndefined();
  });

  test("with its training recipe, by the model type or by the name in GGUF", () => {
    expect(findTrainingRecipe("olmo3")?.modelType).toBe("olmo3");
    expect(findTrainingRecipe("deepseek2")?.modelType).toBe("deepseek_v3");
    expect(findTrainingRecipe("command-r")?.modelType).toBe("cohere");
    // Neither name has a recipe: llama.cpp has no such family, and Flex OLMo's type is called otherwise.
    expect(findTrainingRecipe("flexolmo")).toBeUndefined();
    expect(findTrainingRecipe("helium")).toBeUndefined();
  });

  test("but not described where its graph is not followed", () => {
    expect(isNotFollowed("qwen4exp")).toBe(true);
    expect(findLlamaCppFamily("qwen4exp")).toBeUndefined();
    expect(isNotFollowed("llama")).toBe(false);
  });
});
