import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { z } from "zod";
import { bytesSource } from "../../src/model/file/source/byte-source.ts";
import { readModelFile } from "../../src/model/file/read-model-file.ts";
import { kerasNetwork } from "../../src/model/description/keras/keras-from-file.ts";

/** A Python with bench/peers/requirements.txt; without it the test is skipped. */
const python = process.env["LOADLINE_PEERS_PYTHON"] ?? "";
const script = fileURLToPath(new URL("../../bench/peers/keras_networks.py", import.meta.url));
const shape = z.array(z.number().nullable());
const said = z.object({
  name: z.string(),
  topology: z.record(z.string(), z.unknown()),
  parameters: z.number(),
  trainable: z.number(),
  layers: z.record(z.string(), z.object({ weights: z.array(shape), outputs: z.array(shape) })),
});

test.skipIf(python === "")(
  "every network of keras.applications has the parameters, weights and shapes that Keras itself counts",
  async () => {
    const child = spawn(python, [script, "applications"], { stdio: ["ignore", "pipe", "ignore"] });
    let networks = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const { name, topology, parameters, trainable, layers } = said.parse(JSON.parse(line));
      const bytes = new TextEncoder().encode(JSON.stringify(topology));
      const network = kerasNetwork(await readModelFile(bytesSource("model.json", bytes)));
      expect([network.parameters, network.trainableParameters, network.unknown], name).toEqual([
        parameters,
        trainable,
        [],
      ]);
      for (const call of network.calls) {
        const layer = network.layers[call.layer];
        const theirs = layers[layer?.name ?? ""];
        const where = `${name}, ${layer?.name}`;
        // Functions on tensors are not layers of Keras and have no weights.
        if (theirs === undefined) expect(layer?.operation.type, where).toBe("other");
        if (theirs === undefined) continue;
        expect(layer?.weights?.map((weight) => weight.shape.join()).toSorted(), where).toEqual(
          theirs.weights.map((each) => each.join()).toSorted(),
        );
        const ours = call.outputShapes.map((each) => each?.slice(1).map((size) => size ?? null));
        expect(ours, where).toEqual(theirs.outputs);
      }
      networks++;
    }
    // 40 in Keras 3.15, with and without their heads
    expect(networks).toBeGreaterThanOrEqual(80);
  },
  30 * 60_000,
);
