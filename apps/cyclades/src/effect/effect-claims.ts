/**
 * The claim on an effect: one worker at a time, for `CLAIM_MS` beyond its last sign of life. All times are the database's,
 * whose clock may be put back: a time that lies ahead is none.
 */
import { Injectable } from '@nestjs/common';
import { DataSource } from '@synnefo/database';
import { EffectEntity } from './effect.entity.js';

/** A worker that died is replaced after this time. */
export const CLAIM_MS = 10_000;

/** Nobody has it now. No claim reaches so far ahead as a minute (the longest is that of a snapshot's request, 30 s). */
const UNCLAIMED = `(claimed_until IS NULL OR claimed_until NOT BETWEEN now() AND now() + interval '1 minute')`;

const CLAIM = `
UPDATE effect SET claimed_by = $2, claimed_until = now() + make_interval(secs => $3)
 WHERE id = $1 AND state = 'PENDING' AND ${UNCLAIMED}
   AND NOT EXISTS (SELECT 1 FROM effect earlier
                    WHERE earlier.object_type = effect.object_type AND earlier.object_id = effect.object_id
                      AND earlier.seq < effect.seq AND earlier.state = 'PENDING')
RETURNING id`;

/** Effects whose wake-up was lost: nobody is at them, and they have waited longer than a living worker would let them. */
const FORGOTTEN = `
SELECT id FROM effect
 WHERE state = 'PENDING' AND finished_at IS NULL AND created_at NOT BETWEEN now() - make_interval(secs => $1) AND now()
   AND ${UNCLAIMED}
 ORDER BY seq LIMIT $2`;

const OPEN_JOBS = `
UPDATE effect SET claimed_until = now() + make_interval(secs => $1)
 WHERE id IN (SELECT id FROM effect WHERE state = 'SUBMITTED' AND finished_at IS NULL
                 AND ($3 = 0 OR submitted_at NOT BETWEEN now() - make_interval(secs => $3) AND now())
                 AND ${UNCLAIMED}
                 AND backend_id <> ALL($4::integer[])
               ORDER BY seq LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING id`;

export interface OpenJobsDue {
  readonly everyMs: number;
  readonly limit: number;
  /** Only jobs that were submitted so long ago. */
  readonly olderThanMs?: number;
  /** Clusters whose jobs are left for another time. */
  readonly exceptBackends?: readonly number[];
}

@Injectable()
export class EffectClaims {
  constructor(private readonly dataSource: DataSource) {}

  find(id: string): Promise<EffectEntity | null> {
    return this.dataSource.manager.findOneBy(EffectEntity, { id });
  }

  /** @returns whether this worker has the effect now: not while another has it, nor before the object's earlier effects are submitted */
  async claim(id: string, worker: string): Promise<boolean> {
    return (await this.#changed(CLAIM, [id, worker, CLAIM_MS / 1000])) > 0;
  }

  /** @returns false when the claim is lost */
  async renew(id: string, worker: string): Promise<boolean> {
    const renew = `UPDATE effect SET claimed_until = now() + make_interval(secs => $3) WHERE id = $1 AND claimed_by = $2 AND state = 'PENDING' RETURNING id`;
    return (await this.#changed(renew, [id, worker, CLAIM_MS / 1000])) > 0;
  }

  async release(id: string, worker: string): Promise<void> {
    await this.#changed(
      'UPDATE effect SET claimed_until = NULL, claimed_by = NULL WHERE id = $1 AND claimed_by = $2 RETURNING id',
      [id, worker],
    );
  }

  /** Notes that the request is about to leave. @returns false when the claim is lost: do not send */
  async markSubmitting(id: string, worker: string): Promise<boolean> {
    const mark = `UPDATE effect SET submit_started_at = now(), claimed_until = now() + make_interval(secs => $3)
                   WHERE id = $1 AND claimed_by = $2 AND claimed_until > now() AND state = 'PENDING' RETURNING id`;
    return (await this.#changed(mark, [id, worker, CLAIM_MS / 1000])) > 0;
  }

  /** The request surely did not arrive. */
  async unmarkSubmitting(id: string): Promise<void> {
    await this.#changed(
      `UPDATE effect SET submit_started_at = NULL WHERE id = $1 AND state = 'PENDING' RETURNING id`,
      [id],
    );
  }

  async markSubmitted(id: string, jobId: number): Promise<void> {
    await this.#changed(
      `UPDATE effect SET state = 'SUBMITTED', job_id = $2, submitted_at = now(), claimed_by = NULL, claimed_until = NULL
        WHERE id = $1 AND state = 'PENDING' RETURNING id`,
      [id, jobId],
    );
  }

  /** Milliseconds since the last request left, counted from now on where it lies ahead; null when none did. */
  async sinceSubmitting(id: string): Promise<number | null> {
    await this.#changed(
      'UPDATE effect SET submit_started_at = now() WHERE id = $1 AND submit_started_at > now() RETURNING id',
      [id],
    );
    const rows: { ms: number | null }[] = await this.dataSource.query(
      'SELECT (extract(epoch FROM now() - submit_started_at) * 1000)::float8 AS ms FROM effect WHERE id = $1',
      [id],
    );
    return rows[0]?.ms ?? null;
  }

  /** Jobs of this object's earlier effects that may still run. */
  async earlierOpenJobs(effect: EffectEntity): Promise<number[]> {
    const rows: { job_id: string }[] = await this.dataSource.query(
      `SELECT job_id FROM effect WHERE object_type = $1 AND object_id = $2 AND seq < $3 AND backend_id = $4 AND state = 'SUBMITTED' ORDER BY seq`,
      [effect.objectType, effect.objectId, effect.seq, effect.backendId],
    );
    return rows.map((row) => Number(row.job_id));
  }

  async forgotten(olderThanMs: number, limit: number): Promise<string[]> {
    const rows: { id: string }[] = await this.dataSource.query(FORGOTTEN, [olderThanMs / 1000, limit]);
    return rows.map((row) => row.id);
  }

  /** Takes the open jobs that nobody looked at for `everyMs`; any number of workers share them. */
  async takeOpenJobs(due: OpenJobsDue): Promise<EffectEntity[]> {
    const { everyMs, limit, olderThanMs = 0, exceptBackends = [] } = due;
    const values = [everyMs / 1000, limit, olderThanMs / 1000, exceptBackends];
    const [rows]: [{ id: string }[], number] = await this.dataSource.query(OPEN_JOBS, values);
    if (rows.length === 0) return [];
    return this.dataSource.manager
      .createQueryBuilder(EffectEntity, 'effect')
      .whereInIds(rows.map((row) => row.id))
      .getMany();
  }

  async #changed(statement: string, parameters: unknown[]): Promise<number> {
    const [rows]: [unknown[], number] = await this.dataSource.query(statement, parameters);
    return rows.length;
  }
}
