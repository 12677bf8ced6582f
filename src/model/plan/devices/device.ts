/** A device that can hold a model; bytes and operations a second. */
export interface Device {
  readonly name: string;
  readonly label: string;
  /** "gpu": memory of its own; "unified": shared with the host; "host": the machine's own memory. */
  readonly kind: "gpu" | "unified" | "host";
  /** What the driver reports, which is less than the number on the box. */
  readonly memoryBytes: number;
  readonly bandwidthBytesPerSecond: number;
  /** Dense FP16 or BF16 with sums in FP32; undefined where the vendor does not say. */
  readonly peakOperationsPerSecond: number | undefined;
  /** To the host's memory, one way (PCI Express); undefined where there is no such link. */
  readonly hostLinkBytesPerSecond: number | undefined;
  readonly source: string;
  /** When the figures were last looked at. */
  readonly asOf: string;
}

/** Gigabytes a second of memory, tera-operations a second, gigabytes a second of PCI Express (3.0 16, 4.0 32, 5.0 64). */
export type DeviceRow = readonly [
  name: string,
  label: string,
  kind: Device["kind"],
  memoryBytes: number,
  bandwidth: number,
  peak: number | undefined,
  link: number | undefined,
  source: string,
];
