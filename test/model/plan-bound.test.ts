import { expect, test } from "vitest";
import { bytesSource } from "../../src/model/file/source/byte-source.ts";
import { readGguf } from "../../src/model/file/gguf/gguf.ts";
import { llamaCppAdapter } from "../../src/model/plan/llama-cpp/llama-cpp-adapter.ts";
import { isOverBudget, maxShrinks } from "../../src/model/plan/search/plan-adapter.ts";
import { checkPlanOptions } from "../../src/model/plan/request/plan-options.ts";
import { allCandidates } from "../../src/model/plan/search/search.ts";
import { workloadOf } from "../../src/model/plan/request/workloads.ts";
import { describeGguf } from "../../src/model/description/gguf/describe-gguf.ts";
import { catalogue } from "./architectures/catalogue.ts";
import { writeGgufHeader } from "./write-gguf.ts";
import { GiB } from "../../src/shared/units.ts";

/** Tests every eleventh rejected state: a ledger takes milliseconds, and about a thousand states are rejected. */
const every = 11;

test.each(["mixtral", "gemma3"])(
  "%s: a state that is rejected early never fits, however far it is shrunk",
  async (name) => {
    const make = catalogue[name] ?? (() => ({ metadata: {}, tensors: [] }));
    const description = describeGguf(await readGguf(bytesSource(`${name}.gguf`, writeGgufHeader(make()))));
    const budgetBytes = Math.round(0.6 * (description.weightBytes ?? 0)) + GiB;
    const options = checkPlanOptions(description, { engine: "llama.cpp", devices: 1, budgetBytes });
    const adapter = llamaCppAdapter({ ...options, description, workload: workloadOf("chat") });
    const rejected = allCandidates(adapter).filter(({ state }) => !adapter.mayFit(state));
    for (const { state } of rejected.filter((_, index) => index % every === 0)) {
      let tried: typeof state | undefined = state;
      for (let step = 0; step <= maxShrinks && tried !== undefined; step++) {
        expect(isOverBudget(adapter.needs(adapter.ledger(tried)))).toBe(true);
        tried = adapter.shrink?.(tried);
      }
    }
    expect(rejected.length).toBeGreaterThan(100);
  },
);
