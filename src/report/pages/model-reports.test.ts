import { describe, expect, test } from "vitest";
import {
  bytesSource,
  plan,
  readModelFile,
  describeModel,
  trainingLedger,
  vllmLedger,
} from "../../model/index.ts";
import type { ModelDescription } from "../../model/index.ts";
import type { Sized } from "../text/sized.ts";
import { describeBytes } from "../text/bytes.ts";
import { whole } from "../text/table.ts";
import { escapeHtml } from "../charts/escape-html.ts";
import { renderPlanReport } from "./plan-report.ts";
import { renderSizeReport } from "./size-report.ts";
import { GiB, MiB } from "../../shared/units.ts";

const hostile = `<script>alert(1)</script>"'&`;
const config = {
  model_type: "llama",
  torch_dtype: "bfloat16",
  hidden_size: 1024,
  intermediate_size: 4096,
  num_attention_heads: 16,
  num_key_value_heads: 4,
  num_hidden_layers: 12,
  vocab_size: 32_000,
  max_position_embeddings: 4096,
  tie_word_embeddings: true,
};

async function descriptionNamed(name: string): Promise<ModelDescription> {
  const source = bytesSource(name, new TextEncoder().encode(JSON.stringify(config)));
  return {
    ...describeModel(await readModelFile(bytesSource("config.json", await source.read(0, 4096)))),
    name,
  };
}

function trained(description: ModelDescription): Sized {
  const ledger = trainingLedger(description, { batch: 2, sequence: 512 });
  return { name: description.name, about: ["a test"], engine: ledger.engine, ledger, paces: [], unknown: [] };
}

describe("the page of a ledger", () => {
  test("has every line, every phase and the figures of the ledger", async () => {
    const sized = trained(await descriptionNamed("small"));
    const page = renderSizeReport(sized);
    for (const line of sized.ledger.items) {
      expect(page).toContain(line.label);
      expect(page).toContain(`${whole(line.bytes ?? 0)} bytes`);
    }
    for (const { phase, bytes } of sized.ledger.totals) {
      expect(page).toContain(`gpu, ${phase}`);
      expect(page).toContain(describeBytes(bytes));
    }
    expect(page.match(/\(binds\)/gu)).toHaveLength(1);
    expect(page).toContain("default-src 'none'");
  });

  test("says what is not known, and at least", async () => {
    const description = await descriptionNamed("small");
    const ledger = vllmLedger({ ...description, weightBytes: undefined, groups: undefined }, {});
    const page = renderSizeReport({
      ...trained(description),
      ledger,
      pool: ledger.pool,
      unknown: ["the bytes of the weights"],
    });
    expect(page).toContain("at least");
    expect(page).toContain("the bytes of the weights");
    expect(page).toContain("unknown");
  });

  test("lets nothing hostile through", async () => {
    const page = renderSizeReport({
      ...trained(await descriptionNamed(hostile)),
      about: [hostile],
      unknown: [hostile],
    });
    expect(page).not.toContain("<script>");
    expect(page).toContain("&lt;script&gt;");
  });
});

describe("the page of plans", () => {
  test("has each plan with its measures, settings and ledger", async () => {
    const description = await descriptionNamed("small");
    const result = plan(description, "fine-tuning", { engine: "pytorch", budgetBytes: 8 * GiB });
    const page = renderPlanReport(result, description, "small", 2);
    expect(result.plans.length).toBeGreaterThan(1);
    for (const each of result.plans.slice(0, 2))
      for (const { level } of each.measures) expect(page).toContain(escapeHtml(level));
    expect(page).toContain("TrainingArguments(");
    expect(page.match(/class="plan"/gu)).toHaveLength(2);
    expect(page).toContain(describeBytes(result.before.binding.bytes));
  });

  test("says that nothing fits, and lets nothing hostile through", async () => {
    const description = await descriptionNamed(hostile);
    const result = plan(description, "chat", { engine: "vllm", budgetBytes: MiB });
    const page = renderPlanReport(result, description, hostile, 3);
    expect(result.plans).toEqual([]);
    expect(page).toContain("whatever is given up");
    expect(page).not.toContain("<script>");
  });
});
