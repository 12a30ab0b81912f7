// One request to Cyclades with up to 100 messages. Over HTTPS, or over a unix socket where this node sees Cyclades' directory.
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';

/** What Cyclades takes in one request: messages, and bytes below its limit of 1 MiB. */
export const MAX_MESSAGES = 100;
export const MAX_BYTES = 900 * 1024;

/** Text in PostgreSQL has no NUL. */
const withoutNul = (_, value) => (typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value);

/** @returns a message as it is kept and sent */
export function encode(message) {
  return JSON.stringify(message, withoutNul);
}

/**
 * Sends messages that `encode` made. @returns the status that Cyclades answered
 * @throws Error when it did not answer in time
 */
export async function post(config, encoded, { timeoutMs, signal }) {
  const body = `{"messages":[${encoded.join(',')}]}`;
  const secret = (await readFile(config.secretFile, 'utf8')).trim();
  const headers = {
    authorization: `Bearer ${secret}`,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const target = await targetOf(config);
  const request = target.send({ ...target.options, method: 'POST', headers });
  const stop = () => request.destroy(new Error('stopped'));
  const timer = setTimeout(() => request.destroy(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs);
  signal?.addEventListener('abort', stop);
  try {
    return await answerOf(request, body);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

function answerOf(request, body) {
  return new Promise((resolve, reject) => {
    request.on('response', (response) => {
      response.on('error', reject);
      response.on('end', () => resolve(response.statusCode));
      response.resume();
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function targetOf(config) {
  const below = `/ganeti/v1/clusters/${encodeURIComponent(config.cluster)}/messages`;
  if (config.socket !== undefined) {
    const path = `${config.basePath.replace(/\/+$/, '')}${below}`;
    return { send: http.request, options: { socketPath: config.socket, path } };
  }
  const url = new URL(`${config.url.replace(/\/+$/, '')}${below}`);
  const options = { hostname: url.hostname.replace(/^\[|\]$/g, ''), port: url.port, path: url.pathname };
  if (url.protocol === 'http:') return { send: http.request, options };
  const ca = config.caFile === undefined ? undefined : await readFile(config.caFile);
  return { send: https.request, options: { ...options, ca } };
}
