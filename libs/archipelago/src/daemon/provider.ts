/**
 * Ganeti's ExtStorage provider, inside archipelagod: the scripts on the node only hand over their environment.
 *
 * Ganeti calls every action again and again and gives up on the first failure, so each one succeeds when its result is there already.
 * A volume is known by `VOL_CNAME` (the name that Cyclades gave the disk); Ganeti's own `VOL_NAME` is remembered for it, because older
 * versions pass nothing else to `remove`. Disks without a name go by `VOL_NAME`.
 *
 * Source: ganeti-extstorage-interface(7); ganeti spec 10; archipelago spec 5.3.
 */
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { ArchipelagoError, Exists, InvalidSize, NotFound } from '../errors.js';
import type { Exports } from './exports.js';
import { KeyedMutex } from './keyed-mutex.js';
import { RecordDir } from './record-dir.js';

export const PROVIDER_ACTIONS = [
  'create',
  'attach',
  'detach',
  'remove',
  'grow',
  'setinfo',
  'verify',
  'snapshot',
  'open',
  'close',
] as const;
export type ProviderAction = (typeof PROVIDER_ACTIONS)[number];

/** What a script was given: `VOL_*` and `EXTP_*`. */
export type ProviderEnv = Readonly<Record<string, string | undefined>>;

/** The environment is not one that Ganeti makes. */
export class BadEnvironment extends ArchipelagoError {
  override readonly code = 'BadEnvironment';
}

const MIB = 1024 * 1024;
const alias = z.object({ volume: z.string() });

export class Provider {
  private readonly mutex = new KeyedMutex();

  private constructor(
    private readonly exports: Exports,
    private readonly nbdDir: string,
    private readonly aliases: RecordDir<z.infer<typeof alias>>,
  ) {}

  static async open(
    exports: Exports,
    options: { readonly nbdDir: string; readonly stateDir: string },
  ): Promise<Provider> {
    const aliases = await RecordDir.open(path.join(options.stateDir, 'aliases'), (value) =>
      alias.parse(value),
    );
    return new Provider(exports, options.nbdDir, aliases);
  }

  /** @returns what the script prints on standard output. @throws ArchipelagoError: the script fails with its message */
  async run(action: ProviderAction, env: ProviderEnv): Promise<string> {
    if (action === 'verify') return this.verify(env);
    const name = await this.volumeName(env);
    return this.mutex.run(name, () => this.perform(action, name, env));
  }

  private async perform(action: ProviderAction, name: string, env: ProviderEnv): Promise<string> {
    switch (action) {
      case 'create':
        await this.remember(env, name);
        await this.create(name, env);
        return '';
      case 'attach':
        await this.remember(env, name);
        // No block device, so the first line is empty; then what KVM takes (stock Ganeti 3.0.2: nbd:unix:<path>).
        return `\nkvm:nbd:unix:${await this.exports.attach(name)}\n`;
      case 'detach':
        await this.exports.detach(name);
        return '';
      case 'remove':
        await this.exports.remove(name, true);
        if (env.VOL_NAME !== undefined) await this.aliases.remove(env.VOL_NAME);
        return '';
      case 'grow':
        await this.grow(name, env);
        return '';
      case 'snapshot':
        await this.exports.snapshot(name, required(env, 'VOL_SNAPSHOT_NAME'));
        return '';
      case 'open':
        await this.exports.open(name, { exclusive: env.VOL_OPEN_EXCLUSIVE !== 'False' });
        return '';
      case 'close':
        await this.exports.close(name);
        return '';
      default:
        // setinfo
        return '';
    }
  }

  private async volumeName(env: ProviderEnv): Promise<string> {
    if (env.VOL_CNAME !== undefined && env.VOL_CNAME !== '') return env.VOL_CNAME;
    const name = required(env, 'VOL_NAME');
    if (!/^[A-Za-z0-9._-]+$/.test(name))
      throw new BadEnvironment(`VOL_NAME ${JSON.stringify(name)} is not a volume name`);
    return (await this.aliases.get(name))?.volume ?? name;
  }

  private async remember({ VOL_NAME: given }: ProviderEnv, volume: string): Promise<void> {
    if (given === undefined || given === '' || given === volume) return;
    if ((await this.aliases.get(given))?.volume !== volume) await this.aliases.put(given, { volume });
  }

  private async create(name: string, env: ProviderEnv): Promise<void> {
    const sizeBytes = mebibytes(env, 'VOL_SIZE');
    const origin = optional(env, 'EXTP_ORIGIN');
    const existing = await this.exports.archipelago.find(name);
    if (existing === null) {
      if (env.EXTP_REUSE_DATA === 'True')
        throw new NotFound(`volume ${name} is to be used again, but does not exist`);
      await this.exports.create({ name, sizeBytes, ...(origin === undefined ? {} : { origin }) });
      return;
    }
    if (existing.readOnly) throw new Exists(`${name} is a read-only resource`);
    if (env.EXTP_REUSE_DATA !== 'True') {
      const parent = origin === undefined ? undefined : (await this.exports.info(origin)).uuid;
      if (existing.parentUuid !== parent) throw new Exists(`volume ${name} exists and has another origin`);
    }
    if (existing.sizeBytes > sizeBytes) {
      throw new Exists(
        `volume ${name} exists with ${existing.sizeBytes} bytes, more than the ${sizeBytes} asked for`,
      );
    }
    if (existing.sizeBytes < sizeBytes) await this.exports.grow(name, sizeBytes);
  }

  private async grow(name: string, env: ProviderEnv): Promise<void> {
    const sizeBytes = mebibytes(env, 'VOL_NEW_SIZE');
    const { sizeBytes: present } = await this.exports.info(name);
    if (present < sizeBytes) await this.exports.grow(name, sizeBytes);
  }

  /** Says what would keep a volume from being attached. */
  private async verify(env: ProviderEnv): Promise<string> {
    const name = optional(env, 'VOL_CNAME') ?? optional(env, 'VOL_NAME') ?? 'x'.repeat(40);
    this.exports.checkPath(this.exports.socketPath(name));
    await access(this.nbdDir, constants.W_OK).catch((error: unknown) => {
      throw new BadEnvironment(`the directory of the NBD sockets, ${this.nbdDir}, cannot be written`, {
        cause: error,
      });
    });
    const isPrivate = ['/run/', '/var/run/', '/srv/'].some((prefix) => `${this.nbdDir}/`.startsWith(prefix));
    if (isPrivate)
      throw new BadEnvironment(
        `${this.nbdDir} lies where Ganeti's nodes have directories of their own; use another`,
      );
    return '';
  }
}

function optional(env: ProviderEnv, variable: string): string | undefined {
  const value = env[variable];
  // Ganeti writes parameters that were set to nothing as the text "None".
  return value === undefined || value === '' || value === 'None' ? undefined : value;
}

function required(env: ProviderEnv, variable: string): string {
  const value = optional(env, variable);
  if (value === undefined)
    throw new BadEnvironment(`${variable} is not set: this runs as a script of Ganeti's ExtStorage`);
  return value;
}

function mebibytes(env: ProviderEnv, variable: string): number {
  const text = required(env, variable);
  const bytes = Number(text) * MIB;
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(bytes) || bytes === 0)
    throw new InvalidSize(`${variable} is ${JSON.stringify(text)}`);
  return bytes;
}
