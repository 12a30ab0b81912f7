import { z } from 'zod';
import { displayNames, plainNames } from './display-names.js';

const name = z.string().max(255).nullish();
const description = z.string().max(255).nullish();

/** `PUT /volumes/<id>` of the Synnefo face. */
export const volumeUpdateSchema = z.object({
  volume: z.object({
    display_name: name,
    display_description: description,
    delete_on_termination: z.boolean().optional(),
  }),
});
export type VolumeUpdateBody = z.infer<typeof volumeUpdateSchema>;

/** `PUT /volumes/<id>` of block storage v3. */
export const volumeV3UpdateSchema = z.object({ volume: z.object(displayNames).transform(plainNames) });
export type VolumeV3UpdateBody = z.infer<typeof volumeV3UpdateSchema>;
