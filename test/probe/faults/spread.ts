/** How faults are spread over runs of the main job: several steps of one run are struck, with steps between them that are not. */
import type { Fault, Strike } from '../fault.js';
import { STEP_NAMES } from '../steps.js';

/** Every step that the fault can hurt, in `jobs` runs. @returns a title and the strikes of each run */
export function spread(fault: Fault, jobs: number): (readonly [string, readonly Strike[]])[] {
  const steps = fault.steps ?? STEP_NAMES;
  return Array.from({ length: jobs }, (_, job) => {
    const strikes = steps.filter((_step, index) => index % jobs === job).map((step) => ({ fault, step }));
    return [strikes.map(({ step }) => step).join(', '), strikes] as const;
  });
}
