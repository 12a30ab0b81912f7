import type { Verdict } from '@synnefo/commission';
import type { DataSource } from '@synnefo/database';

/** The effect that ends with a commission decides it; the end of a network on several clusters keeps its own with the network. */
const VERDICTS = `
SELECT serial, CASE
    WHEN EXISTS (SELECT 1 FROM network WHERE commission_serial = serial AND action = 'DESTROY' AND NOT is_deleted) THEN 'wait'
    ELSE (SELECT CASE WHEN finished_at IS NULL THEN 'wait' WHEN state = 'DONE' THEN 'accept' ELSE 'reject' END
            FROM effect WHERE commission_serial = serial ORDER BY seq DESC LIMIT 1)
  END AS verdict
  FROM unnest($1::bigint[]) AS serial`;

/** What becomes of commissions that were kept pending with an object; nothing waits for those left out. */
export async function commissionVerdicts(
  dataSource: DataSource,
  serials: readonly number[],
): Promise<Map<number, Verdict>> {
  const rows: { serial: string; verdict: Verdict | null }[] = await dataSource.query(VERDICTS, [serials]);
  return new Map(
    rows.flatMap(({ serial, verdict }) => (verdict === null ? [] : [[Number(serial), verdict]])),
  );
}
