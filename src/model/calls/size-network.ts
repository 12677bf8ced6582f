import { kerasNetwork } from "../description/keras/keras-from-file.ts";
import type { ModelFile } from "../file/header/model-file.ts";
import { kerasLedger } from "../ledger/keras/keras-ledger.ts";
import { kerasTraffic } from "../ledger/keras/keras-traffic.ts";
import type { KerasOptions } from "../ledger/keras/keras-options.ts";
import { rooflineOf } from "../ledger/traffic/traffic.ts";
import type { Device } from "../plan/devices/device.ts";
import type { NetworkSize, Pace } from "./model-size.ts";
import { summarizeNetwork } from "./model-summary.ts";
import type { SizeModelOptions } from "./size-options.ts";

/** Counts what a network of Keras holds in TensorFlow.js. */
export function sizeNetwork(
  file: ModelFile,
  options: SizeModelOptions,
  device: Device | undefined,
): NetworkSize {
  const { openSize, ...given } = options.network ?? {};
  const network = kerasNetwork(file, openSize === undefined ? {} : { openSize });
  const train = options.train === true;
  const keras: KerasOptions = { batch: train ? 32 : 1, ...given, train };
  const { peaks, ...ledger } = kerasLedger(network, keras);
  const traffic = kerasTraffic(network, {
    batch: keras.batch,
    phase: train ? "training" : "inference",
    optimizer: keras.optimizer,
  });
  const paces: readonly Pace[] =
    device === undefined ? [] : [{ device, traffic, roofline: rooflineOf(traffic, device) }];
  return {
    engine: "tensorflow.js",
    model: summarizeNetwork(network, file.name),
    options: keras,
    ledger,
    peaks,
    paces,
  };
}
