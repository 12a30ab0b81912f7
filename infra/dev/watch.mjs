// `npm run dev`: a change in a source file builds again and starts our processes again; PostgreSQL and Redis stay.
import { watch } from 'node:fs';
import path from 'node:path';
import { build } from './build.mjs';
import { oneLine } from './failure.mjs';
import { root } from './root.mjs';
import { complain, say } from './screen.mjs';

const QUIET_MS = 300;
const GROUPS = ['storage', 'cluster', 'apps'];

export function watchSources(supervisor) {
  let timer = null;
  let isBusy = false;
  const rebuild = async () => {
    if (supervisor.isStopping) return;
    if (isBusy) return void (timer = setTimeout(rebuild, QUIET_MS));
    isBusy = true;
    try {
      const compiled = await build();
      if (compiled > 0) {
        say(`${compiled} files changed, starting again`);
        for (const group of GROUPS) await supervisor.restart(group);
        say('ready');
      }
    } catch (error) {
      complain(oneLine(error));
    } finally {
      isBusy = false;
    }
  };
  for (const group of ['apps', 'libs']) {
    watch(path.join(root, group), { recursive: true }, (_event, file) => {
      if (file === null || !file.endsWith('.ts') || file.includes('node_modules')) return;
      clearTimeout(timer);
      timer = setTimeout(rebuild, QUIET_MS);
    });
  }
  say('watching apps/ and libs/');
}
