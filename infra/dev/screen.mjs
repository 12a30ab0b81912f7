// What the user sees: lines of progress with the seconds since the start.
const startedAt = performance.now();

let onGone = () => undefined;
process.stdout.on('error', () => onGone());
process.stderr.on('error', () => undefined);

/** What to do when nobody reads our output any more (`npm start | head`); what is still said goes nowhere. */
export function onReaderGone(fn) {
  onGone = fn;
}

export function say(text) {
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1).padStart(6);
  process.stdout.write(`[${seconds} s] ${text}\n`);
}

export function print(text) {
  process.stdout.write(`${text}\n`);
}

export function complain(text) {
  process.stderr.write(`synnefo: ${text}\n`);
}
