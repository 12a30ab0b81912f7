import type { DataSource } from '@synnefo/database';

/** Keeps the first value ever given for a setting and returns it: map names must not change their prefix later. */
export async function ensureSetting(dataSource: DataSource, name: string, value: string): Promise<string> {
  await dataSource.query(`INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING`, [
    name,
    value,
  ]);
  const rows: { value: string }[] = await dataSource.query(`SELECT value FROM setting WHERE name = $1`, [
    name,
  ]);
  const kept = rows[0]?.value;
  if (kept === undefined) throw new Error(`setting ${name} vanished`);
  return kept;
}
