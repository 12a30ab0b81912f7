// The faults of the OpenStack APIs, one class a name. Source: compute API guide, "Faults".
import { Fault, type FaultOptions } from './fault.js';

export class BadRequest extends Fault {
  constructor(message = 'The request is malformed.', options?: FaultOptions) {
    super('badRequest', 400, message, options);
  }
}

export class Unauthorized extends Fault {
  constructor(message = 'Access denied.', options?: FaultOptions) {
    super('unauthorized', 401, message, options);
  }
}

export class Forbidden extends Fault {
  constructor(message = 'You may not do this.', options?: FaultOptions) {
    super('forbidden', 403, message, options);
  }
}

export class ItemNotFound extends Fault {
  constructor(message = 'The resource could not be found.', options?: FaultOptions) {
    super('itemNotFound', 404, message, options);
  }
}

export class NotAllowed extends Fault {
  constructor(message = 'Method not allowed.', options?: FaultOptions) {
    super('notAllowed', 405, message, options);
  }
}

export class Conflict extends Fault {
  constructor(message = 'Conflict.', options?: FaultOptions) {
    super('conflict', 409, message, options);
  }
}

export class BuildInProgress extends Fault {
  constructor(message = 'The server is being built.', options?: FaultOptions) {
    super('buildInProgress', 409, message, options);
  }
}

export class Gone extends Fault {
  constructor(message = 'The resource is gone.', options?: FaultOptions) {
    super('gone', 410, message, options);
  }
}

export class LengthRequired extends Fault {
  constructor(message = 'A Content-Length header is required.', options?: FaultOptions) {
    super('lengthRequired', 411, message, options);
  }
}

export class PreconditionFailed extends Fault {
  constructor(message = 'Precondition failed.', options?: FaultOptions) {
    super('preconditionFailed', 412, message, options);
  }
}

export class OverLimit extends Fault {
  constructor(message = 'Quota exceeded.', options?: FaultOptions) {
    super('overLimit', 413, message, options);
  }
}

export class RequestEntityTooLarge extends Fault {
  constructor(message = 'The request is too large.', options?: FaultOptions) {
    super('requestEntityTooLarge', 413, message, options);
  }
}

export class BadMediaType extends Fault {
  constructor(message = 'Unsupported media type.', options?: FaultOptions) {
    super('badMediaType', 415, message, options);
  }
}

export class RangeNotSatisfiable extends Fault {
  constructor(message = 'Requested range not satisfiable.', options?: FaultOptions) {
    super('rangeNotSatisfiable', 416, message, options);
  }
}

export class UnprocessableEntity extends Fault {
  constructor(message = 'Unprocessable entity.', options?: FaultOptions) {
    super('unprocessableEntity', 422, message, options);
  }
}

export class InternalServerError extends Fault {
  constructor(message = 'Internal server error.', options?: FaultOptions) {
    super('internalServerError', 500, message, options);
  }
}

export class NotImplemented extends Fault {
  constructor(message = 'Not implemented.', options?: FaultOptions) {
    super('notImplemented', 501, message, options);
  }
}

/** RFC 4918 §11.5; Swift answers so when its disks are full. */
export class InsufficientStorage extends Fault {
  constructor(message = 'There is no room to store it.', options?: FaultOptions) {
    super('insufficientStorage', 507, message, options);
  }
}

export class ServiceUnavailable extends Fault {
  constructor(message = 'The service is unavailable at the moment.', options?: FaultOptions) {
    super('serviceUnavailable', 503, message, options);
  }
}
