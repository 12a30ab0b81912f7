// What the user sees: lines of progress with the seconds since the start.
const startedAt = performance.now();

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
