import { expect, test } from "vitest";
import { bytesSource } from "../../src/model/file/source/byte-source.ts";
import { readGguf } from "../../src/model/file/gguf/gguf.ts";
import { withEngine } from "../../src/model/plan/engine-for.ts";
import { mostShrinks } from "../../src/model/plan/lever.ts";
import { checkPlanOptions } from "../../src/model/plan/plan-options.ts";
import { allCandidates } from "../../src/model/plan/search.ts";
import { workloadOf } from "../../src/model/plan/workloads.ts";
import { describeGguf } from "../../src/model/description/gguf/describe-gguf.ts";
import { catalogue } from "./architectures/catalogue.ts";
import { writeGgufHeader } from "./write-gguf.ts";
import { GiB } from "../../src/shared/units.ts";

/** Every so many of the refused states is looked at: a ledger takes milliseconds, and a thousand are refused. */
const every = 11;

test.each(["mixtral", "gemma3"])(
  "%s: a state that is passed over never fits, however far it is shrunk",
  async (name) => {
    const make = catalogue[name] ?? (() => ({ metadata: {}, tensors: [] }));
    const description = describeGguf(await readGguf(bytesSource(`${name}.gguf`, writeGgufHeader(make()))));
    const budgetBytes = Math.round(0.6 * (description.weightBytes ?? 0)) + GiB;
    const options = checkPlanOptions(description, { engine: "llama.cpp", devices: 1, budgetBytes });
    const passedOver = withEngine(description, workloadOf("chat"), options, (planning) => {
      const out = allCandidates(planning).filter(({ state }) => !planning.mayFit(state));
      for (const { state } of out.filter((_, index) => index % every === 0)) {
        let tried: typeof state | undefined = state;
        for (let step = 0; step <= mostShrinks && tried !== undefined; step += 1) {
          const needs = planning.needs(planning.ledger(tried));
          expect(needs.some((need) => need.bytes > need.budgetBytes)).toBe(true);
          tried = planning.shrink?.(tried);
        }
      }
      return out.length;
    });
    expect(passedOver).toBeGreaterThan(100);
  },
);
