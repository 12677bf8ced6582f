/** Speed of the device that a plan is for, in bytes and operations per second. */
export interface Speed {
  readonly bandwidthBytesPerSecond: number;
  readonly peakOperationsPerSecond?: number | undefined;
  readonly hostLinkBytesPerSecond?: number | undefined;
}

/** Speed assumed if no device is named: a card of 1 TB/s and 100 TFLOP/s on PCI Express 4.0. */
export const usualSpeed: Speed = {
  bandwidthBytesPerSecond: 1e12,
  peakOperationsPerSecond: 100e12,
  hostLinkBytesPerSecond: 32e9,
};

/** Speed assumed for its host: two channels of DDR5-5600, one teraflop per second. */
export const usualHost: Speed = { bandwidthBytesPerSecond: 89.6e9, peakOperationsPerSecond: 1e12 };
