import { describe, expect, test } from "vitest";
import { planModel, sizeModel } from "../../model/index.ts";
import type { HttpFetch, ModelSize } from "../../model/index.ts";
import { formatBytes } from "../text/format-bytes.ts";
import { formatInteger } from "../text/format-table.ts";
import { escapeHtml } from "../charts/escape-html.ts";
import { renderPlanReport } from "./plan-report.ts";
import { renderSizeReport } from "./size-report.ts";
import { GiB, MiB } from "../../shared/units.ts";
import { smallLlamaConfig } from "../../model/description/llama.fixture.ts";

const hostile = `<script>alert(1)</script>"'&`;
const config = smallLlamaConfig;

/** A server whose only file is the model's config.json. */
const fetch: HttpFetch = () =>
  Promise.resolve(new Response(JSON.stringify(config)) as unknown as Awaited<ReturnType<HttpFetch>>);
const location = "https://models.test/small/config.json";

async function sizeTraining(): Promise<ModelSize> {
  return await sizeModel(location, { fetch, train: true, training: { batch: 2, sequence: 512 } });
}

describe("the page of a ledger", () => {
  test("has every line, every phase and the figures of the ledger", async () => {
    const sized = await sizeTraining();
    const page = renderSizeReport(sized);
    for (const line of sized.ledger.items) {
      expect(page).toContain(line.label);
      expect(page).toContain(`${formatInteger(line.bytes ?? 0)} bytes`);
    }
    for (const { phase, bytes } of sized.ledger.totals) {
      expect(page).toContain(`gpu, ${phase}`);
      expect(page).toContain(formatBytes(bytes));
    }
    expect(page.match(/\(peak\)/gu)).toHaveLength(1);
    expect(page).toContain("default-src 'none'");
  });

  test("says what is not known, and at least", async () => {
    const size = await sizeModel(location, { fetch, engine: "vllm" });
    if (size.engine !== "vllm") throw new Error("not vLLM");
    const items = size.ledger.items.map((item) =>
      item.kind === "weights" ? { ...item, bytes: undefined } : item,
    );
    const page = renderSizeReport({
      ...size,
      ledger: {
        ...size.ledger,
        items,
        totals: size.ledger.totals.map((total) => ({ ...total, atLeast: true })),
      },
      model: { ...size.model, unknown: ["the bytes of the weights"] },
    });
    expect(page).toContain("at least");
    expect(page).toContain("the bytes of the weights");
    expect(page).toContain("unknown");
  });

  test("escapes hostile names", async () => {
    const size = await sizeTraining();
    const model = { ...size.model, name: hostile, architecture: hostile, unknown: [hostile] };
    const page = renderSizeReport({ ...size, model } as ModelSize);
    expect(page).not.toContain("<script>");
    expect(page).toContain("&lt;script&gt;");
  });
});

describe("the page of plans", () => {
  test("has each plan with its measures, settings and ledger", async () => {
    const result = await planModel(location, { fetch, engine: "pytorch", budgetBytes: 8 * GiB });
    const page = renderPlanReport(result, 2);
    expect(result.plans.length).toBeGreaterThan(1);
    for (const each of result.plans.slice(0, 2))
      for (const { level } of each.measures) expect(page).toContain(escapeHtml(level));
    expect(page).toContain("TrainingArguments(");
    expect(page.match(/class="plan"/gu)).toHaveLength(2);
    expect(page).toContain(formatBytes(result.before.binding.bytes));
  });

  test("says that nothing fits, and escapes hostile names", async () => {
    const result = await planModel(location, { fetch, engine: "vllm", budgetBytes: MiB });
    const page = renderPlanReport({ ...result, model: { ...result.model, name: hostile } }, 3);
    expect(result.plans).toEqual([]);
    expect(page).toContain("even with every measure");
    expect(page).not.toContain("<script>");
  });
});
