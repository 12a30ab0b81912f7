import type { CountedUsage } from '@synnefo/commission';
import type { DataSource } from '@synnefo/database';

/** Bytes of the objects that there are, by the account's owner and the project of the container. */
const USAGE = `
SELECT "user", project, 'pithos.diskspace' AS resource, sum(size)::text AS amount FROM (
  SELECT split_part(container.path, '/', 1) AS "user", coalesce(policy.value, split_part(container.path, '/', 1)) AS project, version.size
    FROM node container JOIN node object ON object.parent = container.id JOIN version ON version.node = object.id AND version.cluster = 0
    LEFT JOIN policy ON policy.node = container.id AND policy.key = 'project'
) used GROUP BY "user", project`;

export async function countUsage(dataSource: DataSource): Promise<CountedUsage[]> {
  const rows: (Omit<CountedUsage, 'amount'> & { amount: string })[] = await dataSource.query(USAGE);
  return rows.map((row) => ({ ...row, amount: BigInt(row.amount) }));
}
