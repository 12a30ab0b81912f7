import { z } from 'zod';

const text = z.string().max(255).nullish();

/** Name and description in both spellings that clients of block storage v3 use: openstackclient 6 writes `display_name`. */
export const displayNames = {
  name: text,
  description: text,
  display_name: text,
  display_description: text,
};

type DisplayNames = Partial<Record<keyof typeof displayNames, string | null>>;

/** With one spelling left, the plain one, which wins. */
export function plainNames<T extends DisplayNames>(fields: T) {
  const { display_name: name, display_description: description, ...rest } = fields;
  return { ...rest, name: pick(rest.name, name), description: pick(rest.description, description) };
}

function pick(
  plain: string | null | undefined,
  display: string | null | undefined,
): string | null | undefined {
  return plain === undefined ? display : plain;
}
