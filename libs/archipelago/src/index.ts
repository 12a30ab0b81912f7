export { Archipelago } from './archipelago.js';
export type { ArchipelagoLogger, ArchipelagoOptions, Limits } from './archipelago.js';
export type {
  BlockDevice,
  DurabilityOptions,
  Extent,
  ExtentOwner,
  Info,
  Volume,
  WriteZeroesOptions,
} from './block-device.js';
export {
  ArchipelagoError,
  BlockMissing,
  Busy,
  Conflict,
  Corrupt,
  Exists,
  InvalidName,
  InvalidSize,
  IoFailed,
  NoSpace,
  NotFound,
  NotHashed,
  NotReadOnly,
  OutOfRange,
  ReadOnly,
  TooLarge,
  VolumeFailed,
} from './errors.js';
export { blockHash, merkleRoot } from './format/hash.js';
export type {
  Blocks,
  ByteRange,
  CreateFromHashesOptions,
  CreateOptions,
  SealedReader,
  Segment,
} from './resource/resource.js';
