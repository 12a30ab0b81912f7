/** How a caller names a row: by its uuid (OpenStack faces) or by its number (Synnefo faces, and as an alias everywhere). */
export type RowKey = { readonly uuid: string } | { readonly id: number };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const MAX_ID = 2 ** 31 - 1;

/** Null for a text that is neither: no row has it. */
export function rowKey(text: string): RowKey | null {
  if (UUID.test(text)) return { uuid: text.toLowerCase() };
  const id = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0;
  return id > 0 && id <= MAX_ID ? { id } : null;
}
