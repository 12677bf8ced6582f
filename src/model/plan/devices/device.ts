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
