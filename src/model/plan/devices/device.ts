/** A device that can hold a model. */
export interface Device {
  readonly name: string;
  readonly label: string;
  /** "gpu": memory of its own; "unified": shared with the host; "host": the machine's own memory. */
  readonly kind: "gpu" | "unified" | "host";
  /** What the driver reports, which is less than the number on the box. */
  readonly memoryBytes: number;
  readonly bandwidthBytesPerSecond: number;
  /** Dense FP16 or BF16 with sums in FP32; undefined if the vendor does not publish it. */
  readonly peakOperationsPerSecond: number | undefined;
  /** To the host's memory, one way (PCI Express); undefined if there is no such link. */
  readonly hostLinkBytesPerSecond: number | undefined;
  readonly source: string;
  /** Month in which the figures were last checked: "2026-11". */
  readonly asOf: string;
}
