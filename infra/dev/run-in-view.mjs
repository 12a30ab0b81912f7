import { spawn } from 'node:child_process';

/** Runs a command that shows its output itself (its standard output is dropped: it is a report). @returns {Promise<number>} its exit code */
export function runInView({ command, args, env, cwd }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, cwd, stdio: ['ignore', 'ignore', 'inherit'] });
    const pass = (signal) => child.kill(signal);
    process.once('SIGTERM', pass);
    child.once('error', reject);
    child.once('close', (code) => {
      process.off('SIGTERM', pass);
      resolve(code ?? 1);
    });
  });
}
