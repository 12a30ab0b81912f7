import { existsSync } from 'node:fs';
import { mainJob } from '../scenario/main-job/main-job.js';

/** A real cluster is made of Debian's packages, by root. */
const isPossible = process.getuid?.() === 0 && existsSync('/etc/debian_version');

(isPossible ? describe : describe.skip)('the main job on a real Ganeti cluster', () => mainJob('redis', 1));
