/** Bytes of one kibibyte. */
export const KiB: number = 2 ** 10;

/** Bytes of one mebibyte. */
export const MiB: number = 2 ** 20;

/** Bytes of one gibibyte. */
export const GiB: number = 2 ** 30;
