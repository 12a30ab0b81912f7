import { jobFailure, jobSchema, unknownJobSchema } from './job.schema.js';

describe('jobFailure', () => {
  it('names the class, text and code of a failed opcode', () => {
    const opresult = [['OpPrereqError', ["Instance 'f1' is already in the cluster", 'already_exists']]];
    expect(jobFailure({ opstatus: ['error'], opresult })).toEqual({
      type: 'OpPrereqError',
      message: "Instance 'f1' is already in the cluster",
      code: 'already_exists',
    });
  });

  it('has no code for an execution error', () => {
    const failure = jobFailure({
      opstatus: ['success', 'error'],
      opresult: [null, ['OpExecError', ['it broke']]],
    });
    expect(failure).toEqual({ type: 'OpExecError', message: 'it broke', code: null });
  });

  it('is null for a job without failure', () => {
    expect(jobFailure({ opstatus: ['success'], opresult: [null] })).toBeNull();
  });

  it('shows a value of an unknown shape', () => {
    expect(jobFailure({ opstatus: ['error'], opresult: ['Opcode interrupted'] })?.message).toBe(
      'Opcode interrupted',
    );
  });
});

describe('job answers', () => {
  it('tell an unknown job from a known one', () => {
    const unknown = { id: 999, ops: null, status: null, summary: null, opstatus: null, opresult: null };
    expect(unknownJobSchema.safeParse(unknown).success).toBe(true);
    expect(jobSchema.safeParse(unknown).success).toBe(false);
  });
});
