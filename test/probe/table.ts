/** The table of a run: one JSON line a row in the file of PROBE_TABLE, which the runner prints when all is over. */
import { appendFile } from 'node:fs/promises';
import { SEED } from './random.js';
import type { StepName } from './steps.js';

export interface Row {
  readonly fault: string;
  readonly step: StepName;
  /** `done`, `done when asked again`, or the clear error that came first. */
  readonly outcome: string;
  /** From the moment the fault was over until the step was well; 0 when it was well before. */
  readonly seconds: number;
}

/** Adds rows to the table. */
export async function note(rows: readonly Row[]): Promise<void> {
  const file = process.env.PROBE_TABLE ?? '';
  if (file === '') return;
  await appendFile(file, rows.map((row) => `${JSON.stringify({ ...row, seed: SEED })}\n`).join(''));
}
