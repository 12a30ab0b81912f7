import { z } from 'zod';

const text = z.string().max(1024);
const optionalText = text
  .nullish()
  .transform((value) => (value === null || value === '' ? undefined : value));

/** Body of `POST /v2.0/tokens` (identity spec 2.1.1). The token form wins when both are there. */
export const authV2Schema = z.object({
  auth: z
    .object({
      token: z.object({ id: text }).optional(),
      passwordCredentials: z.object({ username: text, password: text }).optional(),
      tenantName: optionalText,
      tenantId: optionalText,
    })
    .refine((auth) => auth.token !== undefined || auth.passwordCredentials !== undefined, 'no credentials'),
});

export type AuthV2 = z.infer<typeof authV2Schema>['auth'];
