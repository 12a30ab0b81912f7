// JSON lines on standard output: time, level, message in constant words, facts as fields.

/** @returns logger with info, warn and error: (fields, message) */
export function createLog(name, write = (line) => void process.stdout.write(line)) {
  const at = (level) => (fields, message) => {
    const { err, ...rest } = fields;
    const failure = err === undefined ? {} : { err: err instanceof Error ? err.message : String(err) };
    write(
      `${JSON.stringify({ time: new Date().toISOString(), level, name, ...rest, ...failure, msg: message })}\n`,
    );
  };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}
