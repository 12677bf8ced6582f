/** Bandwidth as vendors print it: decimal gigabytes, in bytes per second. */
export const gigabytesPerSecond = 1e9;
/** Decimal tera-operations per second. */
export const teraflops = 1e12;

/** One direction of 16 lanes of PCI Express, and of NVLink-C2C, in bytes per second. */
export const pcie3: number = 16 * gigabytesPerSecond;
export const pcie4: number = 32 * gigabytesPerSecond;
export const pcie5: number = 64 * gigabytesPerSecond;
export const nvlinkC2C: number = 450 * gigabytesPerSecond;
