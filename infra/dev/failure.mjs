/** Something the user can mend: shown as one line, without a stack trace. */
export class Failure extends Error {
  name = 'Failure';
}

/** One line about any error. */
export function oneLine(error) {
  const text = error instanceof Error ? error.message || error.code || error.name : String(error);
  return text.replace(/\s*\n\s*/g, ' ').trim();
}
