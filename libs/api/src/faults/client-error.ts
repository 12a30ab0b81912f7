import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { STATUS_CODES } from 'node:http';
import { toJson } from '@synnefo/units';
import { Fault } from './fault.js';
import { type FaultFormat, renderFault } from './fault-format.js';
import { BadRequest } from './openstack-faults.js';

/** Answers what was no HTTP request, in the form of the face, and ends the connection: there is no telling where the next request would begin. */
export function answerClientError(
  error: Error & { code?: string },
  socket: Socket,
  format: FaultFormat,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const fault = faultOf(error.code ?? '');
  const { contentType, body } = renderFault(fault, format);
  const text = typeof body === 'string' ? body : toJson(body);
  const head = [
    `HTTP/1.1 ${fault.code} ${STATUS_CODES[fault.code] ?? ''}`,
    `content-type: ${contentType}`,
    `content-length: ${Buffer.byteLength(text)}`,
    `x-openstack-request-id: req-${randomUUID()}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
}

function faultOf(code: string): Fault {
  if (code === 'HPE_HEADER_OVERFLOW')
    return new Fault('badRequest', 431, 'The headers or the path are too long.');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return new Fault('badRequest', 408, 'The headers came too slowly.');
  return new BadRequest('This is no valid HTTP request.');
}
