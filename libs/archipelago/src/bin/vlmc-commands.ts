/**
 * The commands of vlmc: a client of archipelagod's control socket for administrators. Verbs and texts follow archipelago spec 5.4.
 */
import { Command, InvalidArgumentError } from 'commander';
import { ControlClient, ControlError } from '../daemon/control-client.js';
import { callProvider } from '../daemon/provider-client.js';
import { attachAnswer, volumeList, type VolumeView, volumeView } from '../daemon/wire.js';
import { volumePath } from '../lease/control-client.js';

const MIB = 1024 * 1024;
const asVolume = (answer: unknown): VolumeView => volumeView.parse(answer);
const asList = (answer: unknown): { volumes: VolumeView[] } => volumeList.parse(answer);
const asSocket = (answer: unknown): { socket: string } => attachAnswer.parse(answer);
const nothing = (): object => ({});

interface GlobalOptions {
  readonly control?: string;
  readonly json?: boolean;
}

const program = new Command('vlmc');

function options(): GlobalOptions {
  return program.opts<GlobalOptions>();
}

function client(): ControlClient {
  const url = options().control ?? process.env.ARCHIPELAGO_CONTROL;
  if (url === undefined || url === '')
    throw new ControlError('BadUrl', 'no control socket: use --control or ARCHIPELAGO_CONTROL');
  return new ControlClient(url);
}

/** Prints the result as JSON when asked to, else the text (nothing when it is empty). */
function print(result: unknown, text: string): void {
  if (options().json === true) process.stdout.write(`${JSON.stringify(result)}\n`);
  else if (text !== '') process.stdout.write(`${text}\n`);
}

function mebibytes(text: string): number {
  const bytes = Number(text) * MIB;
  if (!/^\d+$/.test(text) || bytes === 0 || !Number.isSafeInteger(bytes))
    throw new InvalidArgumentError('a number of MiB is needed.');
  return bytes;
}

function describe(volume: VolumeView): string {
  const lines = [
    `Volume ${volume.name}: size: ${volume.sizeBytes}`,
    `  uuid: ${volume.uuid}`,
    `  block size: ${volume.blockSizeBytes}`,
    `  read-only: ${volume.readOnly ? 'yes' : 'no'}`,
    `  content-addressed: ${volume.fullyHashed ? 'yes' : 'no'}`,
    `  parent: ${volume.parentUuid ?? '-'}`,
    `  created: ${volume.createdAt}`,
    `  exported: ${volume.attached?.socket ?? '-'}`,
  ];
  return lines.join('\n');
}

program
  .description(
    'Creates, clones, snapshots and exports Archipelago volumes through the archipelagod of this node.',
  )
  .option('-c, --control <url>', 'control socket of archipelagod, unix:/path (default: $ARCHIPELAGO_CONTROL)')
  .option('--json', 'print the result as JSON')
  .showHelpAfterError()
  .addHelpText(
    'after',
    `
Examples:
  vlmc create disk-1 --size 1024          an empty volume of 1 GiB
  vlmc clone image-1 disk-2 --size 2048   a thin copy of a read-only resource, grown to 2 GiB
  vlmc export disk-2                      prints the NBD socket; qemu-img info 'nbd+unix:///?socket=…'
  vlmc snapshot disk-2 snap-2`,
  );

program
  .command('create <name>')
  .description('make an empty volume, or with --snap a clone')
  .option('-s, --size <MiB>', 'size in MiB', mebibytes)
  .option('--snap <source>', 'read-only resource (image, snapshot) to start from')
  .action(async (name: string, { size, snap }: { size?: number; snap?: string }) => {
    const volume = await client().call(
      { method: 'POST', path: '/v1/volumes', body: { name, sizeBytes: size, origin: snap } },
      asVolume,
    );
    print(volume, '');
  });

program
  .command('clone <source> <name>')
  .description('make a volume that starts with the content of a read-only resource; no data is copied')
  .option('-s, --size <MiB>', "size in MiB, not below the source's (default: the same)", mebibytes)
  .action(async (source: string, name: string, { size }: { size?: number }) => {
    const body = { name, origin: source, sizeBytes: size };
    print(await client().call({ method: 'POST', path: '/v1/volumes', body }, asVolume), '');
  });

program
  .command('list')
  .alias('ls')
  .description('names of all resources: volumes, snapshots, images, files')
  .option('-p, --prefix <text>', 'only names that begin so', '')
  .action(async ({ prefix }: { prefix: string }) => {
    const { volumes } = await client().call(
      { method: 'GET', path: `/v1/volumes?prefix=${encodeURIComponent(prefix)}` },
      asList,
    );
    print(volumes, volumes.map((volume) => volume.name).join('\n'));
  });

program
  .command('info <name>')
  .description('what is known of a resource')
  .action(async (name: string) => {
    const volume = await client().call({ method: 'GET', path: volumePath(name) }, asVolume);
    print(volume, describe(volume));
  });

program
  .command('snapshot <name> <snapshot>')
  .description('seal the content of a volume as of now, also while it is in use; no data is copied')
  .action(async (name: string, snapshot: string) => {
    const sealed = await client().call(
      { method: 'POST', path: volumePath(name, '/snapshot'), body: { name: snapshot } },
      asVolume,
    );
    print(sealed, `Snapshot name: ${sealed.name}`);
  });

program
  .command('grow <name>')
  .description('make a volume larger')
  .requiredOption('-s, --size <MiB>', 'the new size in MiB', mebibytes)
  .action(async (name: string, { size }: { size: number }) => {
    print(
      await client().call(
        { method: 'POST', path: volumePath(name, '/grow'), body: { sizeBytes: size } },
        asVolume,
      ),
      '',
    );
  });

program
  .command('remove <name>')
  .alias('rm')
  .description('remove a resource; refused while it is exported')
  .action(async (name: string) =>
    print(await client().call({ method: 'DELETE', path: volumePath(name) }, nothing), ''),
  );

program
  .command('export <name>')
  .description('serve a volume over NBD; prints the path of its unix socket')
  .action(async (name: string) => {
    const answer = await client().call(
      { method: 'POST', path: volumePath(name, '/attach'), body: {} },
      asSocket,
    );
    print(answer, answer.socket);
  });

program
  .command('unexport <name>')
  .description('end the connections of a volume and stop serving it')
  .action(async (name: string) =>
    print(await client().call({ method: 'POST', path: volumePath(name, '/detach'), body: {} }, nothing), ''),
  );

program
  .command('provider <action>')
  .description("an action of Ganeti's ExtStorage interface, with VOL_* and EXTP_* from the environment")
  .action(async (action: string) => {
    process.stdout.write(await callProvider(client(), action, process.env));
  });

/** @throws ControlError, CommanderError */
export async function runCommands(argv: readonly string[]): Promise<void> {
  await program.parseAsync(argv, { from: 'user' });
}
