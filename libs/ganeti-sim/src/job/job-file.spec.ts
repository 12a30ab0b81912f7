import { decodeJob, encodeJob } from './job-file.js';
import type { Job } from './job.js';

const job: Job = {
  id: 73,
  ops: [
    {
      OP_ID: 'OP_INSTANCE_STARTUP',
      instance_name: 'i',
      debug_level: 0,
      priority: 0,
      depends: null,
      comment: null,
      reason: [['gnt:user', 'why', 1]],
    },
  ],
  opstatus: ['success'],
  opresult: [null],
  oplog: [[[1, [10, 5], 'message', 'started']]],
  optimes: [{ start: [9, 0], exec: [9, 5], end: [11, 0] }],
  summary: ['INSTANCE_STARTUP(i)'],
  received_ts: [8, 0],
  start_ts: [9, 0],
  end_ts: [11, 0],
};

const summary = () => 'INSTANCE_STARTUP(i)';

describe('the file of a job', () => {
  it("has Ganeti's keys", () => {
    expect(JSON.parse(encodeJob(job))).toEqual({
      id: 73,
      ops: [
        {
          input: job.ops[0],
          status: 'success',
          result: null,
          log: [[1, [10, 5], 'message', 'started']],
          start_timestamp: [9, 0],
          exec_timestamp: [9, 5],
          end_timestamp: [11, 0],
          priority: 0,
        },
      ],
      start_timestamp: [9, 0],
      end_timestamp: [11, 0],
      received_timestamp: [8, 0],
      livelock: null,
      process_id: null,
    });
  });

  it('gives the job back', () => {
    expect(decodeJob(encodeJob(job), summary)).toEqual(job);
  });

  it('may be of an earlier version', () => {
    const { optimes: _, ...old } = job;
    const times = [{ start: null, exec: null, end: null }];
    expect(decodeJob(JSON.stringify(old), summary)).toEqual({ ...job, optimes: times });
  });
});
