import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isLoadlineError } from "../../../../shared/errors.ts";
import { networkOf, TopologyWriter } from "../applications.fixture.ts";

type Settings = Readonly<Record<string, unknown>>;

function sequential(...layers: readonly Settings[]): Settings {
  return { class_name: "Sequential", config: { name: "s", layers } };
}

function layer(class_name: string, config: Settings): Settings {
  return { class_name, config: { name: class_name.toLowerCase(), ...config } };
}

describe("hostile files", () => {
  const functional = (layers: readonly unknown[], output = "a"): Settings => ({
    class_name: "Model",
    config: { layers, input_layers: [[output, 0, 0]], output_layers: [[output, 0, 0]] },
  });
  const add = (name: string, ...inputs: readonly string[]): Settings => ({
    class_name: "Add",
    name,
    config: {},
    inbound_nodes: [inputs.map((input) => [input, 0, 0, {}])],
  });

  test.each([
    ["a cycle", functional([add("a", "b", "b"), add("b", "a", "a")]), /depend on its own output/u],
    ["a missing layer", functional([add("a", "gone", "gone")]), /"gone", which does not exist/u],
    [
      "a missing call",
      functional([
        add("a", "b"),
        { class_name: "InputLayer", name: "b", config: { batch_shape: [null, 2] }, inbound_nodes: [] },
        { ...add("c"), inbound_nodes: [[["b", 7, 0, {}]]] },
      ]),
      /reads call 7/u,
    ],
    [
      "two layers of one name",
      sequential(layer("Flatten", { name: "x" }), layer("Flatten", { name: "x" })),
      /two layers are named "x"/u,
    ],
    ["no layers", sequential(), /without layers/u],
    ["negative units", sequential(layer("Dense", { units: -1, input_dim: 2 })), /units: got -1/u],
    [
      "units that are not a number",
      sequential(layer("Dense", { units: "9", input_dim: 2 })),
      /units: got "9"/u,
    ],
    [
      "a network past 2^53 bytes",
      sequential(layer("Dense", { units: 2 ** 31 - 1, input_dim: 2 ** 31 - 1 })),
      /allowed: up to 2\^53 bytes/u,
    ],
    [
      "a kernel larger than its image",
      sequential(layer("Conv2D", { filters: 1, kernel_size: 9, batch_input_shape: [null, 4, 4, 1] })),
      /does not fit/u,
    ],
    [
      "a concatenation of images of unequal sides",
      sequential(layer("Reshape", { target_shape: [-1, -1], batch_input_shape: [null, 4] })),
      /at most one of them -1/u,
    ],
    ["a class that is not a network", { class_name: "Dense", config: {} }, /allowed: Sequential/u],
  ] as const)("with %s are rejected", (_, topology, message) => {
    expect(() => networkOf(topology)).toThrow(message);
  });

  test("with a million layers are rejected before any is read", () => {
    const many = Array.from({ length: 1_000_000 }, () => layer("Flatten", {}));
    expect(() => networkOf(sequential(...many.slice(0, 60_000)))).toThrow(/more than 50000 layers/u);
    expect(() => networkOf({ class_name: "Sequential", config: { layers: many } })).toThrow(
      /more than 50000 layers/u,
    );
  });

  test("with networks or wrappers nested too deeply are rejected", () => {
    let nested: Settings = layer("Dense", { units: 1, input_dim: 1 });
    for (let depth = 0; depth < 100; depth++)
      nested = { class_name: "Sequential", config: { layers: [nested] }, name: `n${depth}` };
    expect(() => networkOf(nested)).toThrow(/nested deeper than 16/u);
    let wrapped: Settings = layer("Dense", { units: 1 });
    for (let depth = 0; depth < 100; depth++) wrapped = layer("TimeDistributed", { layer: wrapped });
    expect(() => networkOf(sequential(wrapped))).toThrow(/nested deeper than 16/u);
  });

  test("with shared networks in shared networks do not multiply without bound", () => {
    let inner: Settings = { class_name: "Dense", name: "d", config: { units: 1 } };
    for (let depth = 0; depth < 12; depth++) {
      const calls = Array.from({ length: 8 }, (_, call) => [
        [call === 0 ? "i" : "n", call === 0 ? 0 : call - 1, 0, {}],
      ]);
      const before = inner;
      inner = {
        class_name: "Model",
        name: "n",
        config: {
          name: "n",
          layers: [
            { class_name: "InputLayer", name: "i", config: { batch_shape: [null, 1] }, inbound_nodes: [] },
            { class_name: before["class_name"], config: before["config"], name: "n", inbound_nodes: calls },
          ],
          input_layers: [["i", 0, 0]],
          output_layers: [["n", 7, 0]],
        },
      };
    }
    // The time of this thread: other processes do not add to it.
    const start = process.threadCpuUsage();
    expect(() => networkOf(inner)).toThrow(/more than 500000 times/u);
    expect(process.threadCpuUsage(start).user / 1000).toBeLessThan(2_000);
  });

  test("with another value in any place are read or rejected, and nothing else happens", () => {
    const w = new TopologyWriter();
    const x = w.input(8, 8, 3);
    const conv = w.layer("Conv2D", { filters: 4, kernel_size: [3, 3], padding: "same" }, x);
    const pooled = w.layer("Flatten", {}, w.layer("Concatenate", { axis: -1 }, conv, x));
    const text = JSON.stringify(w.topology([x], [w.layer("Dense", { units: 2 }, pooled)]));
    const places = [...text.matchAll(/(?<=[:,[])(?:"[^"]*"|-?\d+|null|true)(?=[,\]}])/gu)];
    const others = fc.constantFrom(
      "null",
      "-1",
      "0",
      "1e999",
      "1.5",
      '"x"',
      "[]",
      "{}",
      "[[]]",
      "2147483647",
      "true",
      '"conv2d_2"',
      "[-1]",
    );
    fc.assert(
      fc.property(fc.nat(places.length - 1), others, (place, other) => {
        const at = places[place];
        const broken =
          text.slice(0, at?.index) + other + text.slice((at?.index ?? 0) + (at?.[0].length ?? 0));
        try {
          const network = networkOf(JSON.parse(broken) as Settings);
          expect(network.parameters ?? 0).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect(isLoadlineError(error, "invalid-data"), String(error)).toBe(true);
        }
      }),
      { numRuns: 2000, seed: 5 },
    );
  });
});
