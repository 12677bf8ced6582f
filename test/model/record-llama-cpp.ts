import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { catalogue } from "./architectures/catalogue.ts";
import { hasEngine, startEngine } from "./engine.ts";
import { settingsGrid } from "./settings-grid.ts";
import { writeGgufHeader } from "./write-gguf.ts";

/** Records the engine's figures for every architecture and setting, next to the tests. */
async function record(): Promise<void> {
  if (!hasEngine()) throw new Error("node-llama-cpp is not installed here: npm run bench:install");
  const engine = await startEngine();
  const models: Record<string, { weightBytes: number; contextBytes: (number | null)[] }> = {};
  for (const [name, make] of Object.entries(catalogue)) {
    const header = writeGgufHeader(make());
    const contextBytes = await engine.contextBytes(header, settingsGrid);
    models[name] = {
      weightBytes: await engine.weightBytes(header),
      contextBytes: contextBytes.map((bytes) => bytes ?? null),
    };
    process.stdout.write(
      `${name}: ${contextBytes.filter((bytes) => bytes !== undefined).length} of ${settingsGrid.length}\n`,
    );
  }
  const path = fileURLToPath(new URL("../fixtures/llama-cpp-breakdown.json", import.meta.url));
  const lines = Object.entries(models).map(
    ([name, model]) => `    ${JSON.stringify(name)}: ${JSON.stringify(model)}`,
  );
  const text = `{\n  "engine": "node-llama-cpp 3.22.1, llama.cpp ${engine.release}",\n  "models": {\n${lines.join(",\n")}\n  }\n}\n`;
  await writeFile(path, text);
}

await record();
process.exit(0);
