import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { findLlamaCppFamily } from "../../../src/model/description/families/find-family.ts";
import { drawSettings } from "../draw-settings.ts";
import { hasEngine, startEngine } from "../engine.ts";
import { randomFrom } from "../random-numbers.ts";
import { writeGgufHeader } from "../write-gguf.ts";
import { toCompactHeader } from "./compact-header.ts";
import { drawModel, familyCases } from "./family-settings.ts";

/** Settings per recorded model. */
const settingsEach = 6;

/** Draws one model of each family, and records it with the engine's figures next to the tests. */
async function record(): Promise<void> {
  if (!hasEngine()) throw new Error("node-llama-cpp is not installed here: npm run bench:install");
  const engine = await startEngine();
  const rows: string[] = [];
  for (const family of Object.keys(familyCases).sort()) {
    if (findLlamaCppFamily(family)?.compared !== true)
      throw new Error(`${family} is not among the compared families`);
    const random = randomFrom(rows.length + 1);
    const { header, oneSequence } = await drawModel(engine, family, random);
    const bytes = writeGgufHeader(header);
    const settings = Array.from({ length: settingsEach }, () => drawSettings(random)).map((each) =>
      oneSequence ? { ...each, sequences: 1 } : each,
    );
    const contextBytes = await engine.contextBytes(bytes, settings);
    const row = {
      header: toCompactHeader(header),
      weightBytes: await engine.weightBytes(bytes),
      settings,
      contextBytes: contextBytes.map((each) => each ?? null),
    };
    rows.push(`    ${JSON.stringify(family)}: ${JSON.stringify(row)}`);
    process.stdout.write(`${family}\n`);
  }
  const path = fileURLToPath(new URL("../../fixtures/llama-cpp-families.json", import.meta.url));
  const heading = `"engine": "node-llama-cpp 3.22.1, llama.cpp ${engine.release}"`;
  await writeFile(path, `{\n  ${heading},\n  "families": {\n${rows.join(",\n")}\n  }\n}\n`);
}

await record();
process.exit(0);
