import type { ByteLedger, Device, KerasPeak, Roofline, Traffic, VllmPool } from "../../model/index.ts";

/** Time of one step on a device, at best. */
export interface Pace {
  readonly device: Device;
  readonly traffic: Traffic;
  readonly roofline: Roofline;
}

/** What the command found out about a model. */
export interface Sized {
  readonly name: string;
  readonly about: readonly string[];
  readonly engine: string;
  readonly ledger: ByteLedger;
  readonly pool?: VllmPool;
  /** A network of Keras: its fullest moments, with views of buffers and without. */
  readonly peaks?: readonly KerasPeak[];
  readonly paces: readonly Pace[];
  readonly unknown: readonly string[];
}
