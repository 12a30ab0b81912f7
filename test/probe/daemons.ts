import path from 'node:path';
import { type Cloud, runCommand } from '@synnefo/testing';
import type { Fault } from './fault.js';
import { instancesOf } from './rapi.js';

/** Daemons of a master, which a job under way may need at any moment. */
export const DAEMONS = ['ganeti-luxid', 'ganeti-wconfd', 'ganeti-rapi', 'ganeti-noded'] as const;

/** Without systemd, start-stop-daemon does not take a pid file that is left by a daemon which is not root's. */
const KILL_AND_START =
  'f=/run/ganeti/$1.pid; kill -9 "$(cat $f)" && rm $f && exec /usr/lib/ganeti/daemon-util start "$1"';

/** A daemon of a real cluster's first node ends without warning and is started again. */
export const killDaemon = (daemon: (typeof DAEMONS)[number]): Fault => ({
  name: `SIGKILL of ${daemon}`,
  strike: async (cloud: Cloud) => {
    await runCommand(path.join(cloud.dataDir, 'ganeti', 'bin', 'node1'), [
      ...['sh', '-c', KILL_AND_START, 'sh'],
      daemon,
    ]);
    await instancesOf(cloud); // it answers
  },
});
