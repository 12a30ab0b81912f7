import { z } from 'zod';
import type { Info } from '../block-device.js';

/** Bodies of the control socket; the errors are `{"error": {"code", "message"}}`. */
export const createVolumeBody = z
  .strictObject({ name: z.string(), sizeBytes: z.int().positive().optional(), origin: z.string().optional() })
  .refine(
    (body) => body.sizeBytes !== undefined || body.origin !== undefined,
    'sizeBytes or origin is needed',
  );
export const snapshotBody = z.strictObject({ name: z.string() });
export const growBody = z.strictObject({ sizeBytes: z.int().positive() });
/** `shared`: on the node that asks, a live migration is announced. */
export const releaseBody = z.strictObject({ shared: z.boolean() });
/** A read for another node; as long as an NBD request may be. */
export const dataQuery = z.strictObject({
  offset: z.coerce.number().int().min(0),
  length: z.coerce
    .number()
    .int()
    .min(0)
    .max(32 * 1024 * 1024),
});
export const providerBody = z.strictObject({ env: z.record(z.string(), z.string()) });

export const volumeView = z.object({
  name: z.string(),
  uuid: z.string(),
  sizeBytes: z.number(),
  blockSizeBytes: z.number(),
  readOnly: z.boolean(),
  fullyHashed: z.boolean(),
  parentUuid: z.string().optional(),
  createdAt: z.string(),
  modifiedAt: z.string(),
  /** Present while it is attached on this node. */
  attached: z
    .object({ socket: z.string(), connections: z.number(), open: z.boolean(), shared: z.boolean() })
    .optional(),
});
export type VolumeView = z.infer<typeof volumeView>;
export const volumeList = z.object({ volumes: z.array(volumeView) });
export const attachAnswer = z.object({ socket: z.string() });

export function viewVolume(info: Info, attached: VolumeView['attached'] | null): VolumeView {
  return {
    name: info.name,
    uuid: info.uuid,
    sizeBytes: info.sizeBytes,
    blockSizeBytes: info.blockSizeBytes,
    readOnly: info.readOnly,
    fullyHashed: info.fullyHashed,
    ...(info.parentUuid === undefined ? {} : { parentUuid: info.parentUuid }),
    createdAt: info.createdAt.toISOString(),
    modifiedAt: info.modifiedAt.toISOString(),
    ...(attached === null || attached === undefined ? {} : { attached }),
  };
}
