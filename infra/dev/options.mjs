import path from 'node:path';
import { parseArgs } from 'node:util';
import { Failure } from './failure.mjs';

const HELP = `npm start -- [options]       the whole cloud on this machine, until Ctrl-C

  --data DIR         where everything is kept (default .synnefo); as root the database may lie in /var/lib/synnefo/<hash> instead, since
                     PostgreSQL does not run as root and must reach it; it goes at the next start when DIR is gone
  --port-base N      ports N to N+6 on 127.0.0.1 (default 8000): Astakos, Cyclades, Pithos, -, RAPI, PostgreSQL, Redis
  --install          on Debian as root: adds redis-server, QEMU and a demo image that boots (apt-get)
  --queues WHERE     auto, redis or postgres (default auto: Redis when there is one)
  --postgres WHICH   auto, local or npm: server binaries of this machine, or of the npm package
  --ganeti WHICH     sim or real: a simulated cluster, or, on Debian as root, a real one (installed when it is missing, with all of
                     --install; default: as this data directory began, else sim)
  --nodes N          1 to 3: nodes of the real cluster, when it is made (default 1)
  --qemu HOW         auto, kvm, tcg or none: how the cluster runs its servers; none (the simulated one alone) keeps their state only
  --watch            builds and starts again when a source file changes
  --help

DATABASE_URL and REDIS_URL name servers that run already; the role of DATABASE_URL may create databases, or the databases
synnefo_astakos, synnefo_cyclades, synnefo_pithos and synnefo_bus exist.
`;

const choices = {
  queues: ['auto', 'redis', 'postgres'],
  postgres: ['auto', 'local', 'npm'],
  qemu: ['auto', 'kvm', 'tcg', 'none'],
  ganeti: ['sim', 'real', undefined],
  nodes: ['1', '2', '3', undefined],
};
const spec = {
  data: { type: 'string', default: '.synnefo' },
  'port-base': { type: 'string', default: '8000' },
  install: { type: 'boolean', default: false },
  queues: { type: 'string', default: 'auto' },
  postgres: { type: 'string', default: 'auto' },
  ganeti: { type: 'string' },
  nodes: { type: 'string' },
  qemu: { type: 'string', default: 'auto' },
  watch: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
};

/**
 * @param {string[]} argv arguments of `npm start --`
 * @returns the options, or `{ help: text }`
 * @throws Failure about the first mistake
 */
export function parseOptions(argv) {
  const { help, ...values } = read(argv);
  if (help) return { help: HELP };
  for (const [name, allowed] of Object.entries(choices)) {
    if (!allowed.includes(values[name]))
      throw new Failure(`--${name} takes ${allowed.filter(Boolean).join(', ')}, not ${values[name]}`);
  }
  const portBase = Number(values['port-base']);
  if (!Number.isInteger(portBase) || portBase < 1024 || portBase > 65_529)
    throw new Failure(`--port-base takes a number from 1024 to 65529, not ${values['port-base']}`);
  if (values.data === '') throw new Failure('--data needs a directory');
  return { ...values, dataDir: path.resolve(values.data), portBase };
}

function read(argv) {
  try {
    return parseArgs({ args: withNegatives(argv), options: spec }).values;
  } catch (error) {
    throw new Failure(`${error.message.split(/\.\s/)[0]}; --help lists the options`);
  }
}

/** `--option -1` is a value that is wrong, not an option that is missing its value. */
function withNegatives(argv) {
  const words = [];
  for (const word of argv) {
    if (/^-\d/.test(word) && /^--[^=]+$/.test(words.at(-1) ?? '')) words.push(`${words.pop()}=${word}`);
    else words.push(word);
  }
  return words;
}
