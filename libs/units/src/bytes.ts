/** One kibibyte, in bytes. */
export const KIB = 1024;
/** One mebibyte, in bytes. */
export const MIB = 1024 * KIB;
/** One gibibyte, in bytes. */
export const GIB = 1024 * MIB;

/** The quota limit that stands for "unlimited": the largest signed 64-bit integer, beyond a JavaScript number. */
export const UNLIMITED = 2n ** 63n - 1n;
