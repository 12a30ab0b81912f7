export {
  Access,
  type AccessLevel,
  accessOf,
  assertAccessDeclared,
  listRoutes,
  type RouteAccess,
} from './access.js';
export { acceptBody } from './continue.js';
export { Fault, type FaultOptions } from './faults/fault.js';
export { type FaultFormat, renderFault, type RenderedFault } from './faults/fault-format.js';
export {
  BadMediaType,
  BadRequest,
  BuildInProgress,
  Conflict,
  Forbidden,
  Gone,
  InternalServerError,
  ItemNotFound,
  LengthRequired,
  NotAllowed,
  NotImplemented,
  OverLimit,
  PreconditionFailed,
  RangeNotSatisfiable,
  RequestEntityTooLarge,
  InsufficientStorage,
  ServiceUnavailable,
  Unauthorized,
  UnprocessableEntity,
} from './faults/openstack-faults.js';
export { createHttpApp, type HttpApp, type HttpAppOptions } from './http-app.js';
export { isoDate, isoDateMicros, isoDateNoZone, isoDateOffset } from './date.js';
export { decodeMarkerPage, type Page, pageLinks, type PageQuery, pageQuerySchema } from './paging.js';
