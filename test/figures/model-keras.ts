import { kerasLedger, kerasTraffic, findMaxKerasBatch } from "../../src/model/index.ts";
import type { KerasNetwork } from "../../src/model/index.ts";
import { networkOf } from "../../src/model/description/keras/applications.fixture.ts";
import { addByteLedger } from "./byte-ledger.ts";
import { place, readFixture } from "./figures.ts";
import type { Figures } from "./figures.ts";

interface Fixture {
  readonly networks: readonly {
    readonly name: string;
    readonly topology: Readonly<Record<string, unknown>>;
  }[];
}

function addNetwork(figures: Figures, path: string, network: KerasNetwork): void {
  figures.add(`${path}/parameters`, network.parameters, network.trainableParameters);
  figures.add(
    `${path}/layers`,
    ...network.layers.map(({ parameters, weights }) =>
      [parameters, ...(weights ?? []).map(({ shape }) => shape.join("x"))].join(","),
    ),
  );
  figures.add(
    `${path}/outputs`,
    ...network.calls.map(({ outputShapes }) => outputShapes.map((shape) => shape?.join("x")).join(",")),
  );
}

const runs = {
  predict: { batch: 8 },
  parts: { batch: 40, predictBatch: 16 },
  adam: { batch: 8, train: true },
  sgd: { batch: 4, train: true, optimizer: "sgd" },
  rmsprop: { batch: 4, train: true, optimizer: "rmsprop", loss: "mean_squared_error" },
} as const;

/** Records parameters, shapes, ledgers, peaks and traffic of the networks in the fixture from Keras. */
export function recordKeras(figures: Figures): void {
  for (const [index, { name, topology }] of readFixture<Fixture>("keras-layers.json").networks.entries()) {
    const path = `model/keras/${place(index)} ${name.replace(/:.*/u, "")}`;
    const network = networkOf(topology);
    addNetwork(figures, path, network);
    for (const [run, options] of Object.entries(runs))
      figures.tryTo(`${path}/${run}`, () => {
        const ledger = kerasLedger(network, options);
        addByteLedger(figures, `${path}/${run}`, ledger);
        for (const { phase, peakBytes, bufferBytes } of ledger.peaks)
          figures.add(`${path}/${run}/peak/${phase}`, peakBytes, bufferBytes);
      });
    for (const phase of ["inference", "training"] as const) {
      const traffic = kerasTraffic(network, { batch: 8, phase });
      figures.add(
        `${path}/traffic/${phase}`,
        traffic.bytes,
        traffic.operations,
        traffic.atLeast,
        ...traffic.items.map(({ readBytes, writtenBytes }) => `${readBytes}+${writtenBytes}`),
      );
    }
    figures.tryTo(`${path}/largest`, () =>
      figures.add(`${path}/largest`, findMaxKerasBatch(network, { train: true, budgetBytes: 2 ** 24 })),
    );
  }
}
