/** What an error that is no fault says of its cause. Pure. */

/**
 * PostgreSQL keeps no NUL in text: SQLSTATE 22021 (character_not_in_repertoire) for a parameter, 22P05 (untranslatable_character) in JSON. It is always
 * the caller's text, wherever it came from: path, query, header or body.
 */
export function isUnstorableText(error: unknown): boolean {
  return ['22021', '22P05'].includes(codeOf(error));
}

/**
 * Node's names for a connection that is not there, and PostgreSQL's classes 08 (connection), 57P (shutdown, starting up) and 53 (no disk, memory or
 * connections left).
 */
const AWAY_CODES = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|08\w{3}|57P0[1-5]|53\w{3})$/;
/** The driver gives these no code. Source: pg 8. */
const AWAY_TEXTS =
  /^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Client has encountered a connection error)/;
/** TypeORM gives up the connection when it breaks; the next statement of the same transaction ends in this. Source: PostgresQueryRunner.connect. */
const AWAY_NAMES = ['QueryRunnerAlreadyReleasedError'];

/** The database, or another neighbour, does not answer: it is restarted, say. The request may be sent again. */
export function isNeighbourAway(error: unknown): boolean {
  if (AWAY_CODES.test(codeOf(error))) return true;
  return error instanceof Error && (AWAY_TEXTS.test(error.message) || AWAY_NAMES.includes(error.name));
}

/** The system's names for a file system without room, and that of Archipelago's error. */
const FULL_CODES = ['ENOSPC', 'EDQUOT', 'NoSpace'];

/** What was to be stored finds no room: the operator has to make some. */
export function isStoreFull(error: unknown): boolean {
  return FULL_CODES.includes(codeOf(error));
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : '';
}
