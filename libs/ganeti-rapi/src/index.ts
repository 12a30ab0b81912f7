export { type JobDependency, RapiClient, type SubmitOptions, type TagOwner } from './client.js';
export type {
  ClusterInfo,
  GntGroup,
  GntNetwork,
  GntNode,
  NetworkConnect,
  NetworkCreate,
} from './cluster.schema.js';
export {
  JobTimeout,
  RapiDown,
  RapiError,
  RapiFailure,
  type RapiOutcome,
  RapiReplyInvalid,
} from './errors.js';
export type {
  DiskCreate,
  Instance,
  InstanceConsole,
  InstanceCreate,
  InstanceModify,
  ItemChange,
  NicCreate,
} from './instance.schema.js';
export {
  FINAL_STATUSES,
  type FinalStatus,
  type GntTimestamp,
  isFinal,
  type Job,
  JOB_STATUSES,
  type JobChange,
  jobFailure,
  type JobLogEntry,
  type JobStatus,
  type JobSummary,
  type OpFailure,
  type Opcode,
  type ReasonItem,
} from './job.schema.js';
export type { RapiOptions } from './transport.js';
