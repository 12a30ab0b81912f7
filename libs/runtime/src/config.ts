import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Secret } from './secret.js';

/** The configuration is wrong; `message` lists every mistake, one a line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Reads the configuration once, from environment variables, and freezes it.
 * @throws ConfigError naming every wrong or missing option
 */
export function loadConfig<S extends z.ZodType>(
  schema: S,
  env: Record<string, string | undefined> = process.env,
): Readonly<z.infer<S>> {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const result = schema.safeParse(given);
  if (result.success) return Object.freeze(result.data);
  const mistakes = result.error.issues.map(
    (issue) => `  ${issue.path.join('.') || '(all)'}: ${issue.message}`,
  );
  throw new ConfigError(`wrong configuration:\n${mistakes.join('\n')}`);
}

/** An option that names a file holding a secret; the value is the file's trimmed content. */
export function secretFile(): z.ZodType<Secret, string> {
  return z.string().transform((path, context) => {
    try {
      const text = readFileSync(path, 'utf8').trim();
      if (text !== '') return Secret.of(text);
      context.addIssue({ code: 'custom', message: `the file ${path} is empty` });
    } catch {
      context.addIssue({ code: 'custom', message: `the file ${path} cannot be read` });
    }
    return z.NEVER;
  });
}
