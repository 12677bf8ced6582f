/** Speed of the device that a plan is for; bytes and operations a second. */
export interface Speed {
  readonly bandwidthBytesPerSecond: number;
  readonly peakOperationsPerSecond?: number | undefined;
  readonly hostLinkBytesPerSecond?: number | undefined;
}

/** Speed that is assumed where no device is named: a card of 1 TB/s and 100 TFLOP/s on PCI Express 4.0. */
export const usualSpeed: Speed = {
  bandwidthBytesPerSecond: 1e12,
  peakOperationsPerSecond: 100e12,
  hostLinkBytesPerSecond: 32e9,
};

/** The host beside it: two channels of DDR5-5600, a teraflop a second. */
export const usualHost: Speed = { bandwidthBytesPerSecond: 89.6e9, peakOperationsPerSecond: 1e12 };
