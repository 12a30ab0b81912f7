import { z } from 'zod';

const text = z.string().max(1024);
const domain = z.object({ id: text.optional(), name: text.optional() });

const passwordUser = z
  .object({ id: text.optional(), name: text.optional(), domain: domain.optional(), password: text })
  .refine((user) => user.id !== undefined || user.name !== undefined, 'needs id or name');

const project = z
  .object({ id: text.optional(), name: text.optional(), domain: domain.optional() })
  .refine((target) => target.id !== undefined || target.name !== undefined, 'needs id or name');

const scope = z.union([
  z.literal('unscoped'),
  z
    .object({
      project: project.optional(),
      domain: domain.optional(),
      system: z.object({ all: z.literal(true) }).optional(),
    })
    .refine((target) => Object.values(target).filter((part) => part !== undefined).length === 1, {
      message: 'exactly one target is needed',
    }),
]);

/** Body of `POST /v3/auth/tokens` (identity spec 10.3). */
export const authV3Schema = z.object({
  auth: z.object({
    identity: z.object({
      methods: z.array(text).min(1).max(8),
      password: z.object({ user: passwordUser }).optional(),
      token: z.object({ id: text }).optional(),
    }),
    scope: scope.nullish(),
  }),
});

export type AuthV3 = z.infer<typeof authV3Schema>['auth'];
export type ScopeV3 = NonNullable<AuthV3['scope']>;
export type DomainRef = z.infer<typeof domain>;
export type PasswordUser = z.infer<typeof passwordUser>;

/** `?nocatalog` and `?allow_expired` count when they are there; `0` and `false` are as if absent. */
const flag = z
  .string()
  .optional()
  .transform((value) => value !== undefined && !/^(0|false|no)$/i.test(value));

export const tokenQuerySchema = z.object({ nocatalog: flag, allow_expired: flag });
export type TokenQuery = z.infer<typeof tokenQuerySchema>;
