/** An instance's disks: external volumes through their provider, file-based ones as sparse files of ours. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MIB } from '@synnefo/units';
import type { DiskConfig } from '../cluster/cluster-config.js';
import { OpError } from '../opcode/op-error.js';
import type { Attachment, ExtStorage } from './extstorage.js';

/** Where QEMU finds a disk. */
export type DiskSource =
  | { readonly kind: 'nbd'; readonly socket: string; readonly disk: DiskConfig }
  | { readonly kind: 'file' | 'device'; readonly path: string; readonly disk: DiskConfig };

/** Parameters that are Ganeti's own; the others of an ext disk go to the provider. */
const OWN_PARAMETERS = new Set(['size', 'mode', 'name', 'spindles', 'vg', 'metavg', 'adopt', 'uuid']);
const FILE_TEMPLATES = new Set(['file', 'sharedfile']);

export interface NewDisk {
  readonly size?: unknown;
  readonly mode?: unknown;
  readonly name?: unknown;
  readonly [parameter: string]: unknown;
}

export class Disks {
  readonly #files: string;

  constructor(
    private readonly ext: ExtStorage,
    stateDir: string,
  ) {
    this.#files = path.join(stateDir, 'file-storage');
  }

  /** Checks a disk request; nothing is made yet. @throws OpError wrong_input */
  plan(given: NewDisk, template: string, index: number): DiskConfig {
    const sizeMib = Number(given.size ?? Number.NaN);
    if (!Number.isInteger(sizeMib) || sizeMib < 0) throw OpError.prereq('Missing disk size', 'wrong_input');
    if (template === 'ext' && typeof given.provider !== 'string') {
      throw OpError.prereq("Missing provider for template 'ext'", 'wrong_input');
    }
    const params = Object.entries(given).filter(([key]) => !OWN_PARAMETERS.has(key));
    return {
      uuid: randomUUID(),
      name: typeof given.name === 'string' ? given.name : null,
      sizeMib,
      mode: typeof given.mode === 'string' ? given.mode : 'rw',
      volume: this.#volumeName(template, index),
      params:
        template === 'ext' ? Object.fromEntries(params.map(([key, value]) => [key, String(value)])) : {},
    };
  }

  /** Makes the volume, and removes what there is of it when that fails. @throws OpError */
  async create(disk: DiskConfig, template: string): Promise<void> {
    if (FILE_TEMPLATES.has(template) && disk.volume !== null) {
      await mkdir(this.#files, { recursive: true });
      await writeFile(disk.volume, '', { flag: 'wx' });
      await truncate(disk.volume, disk.sizeMib * MIB);
    }
    if (template !== 'ext') return;
    await this.ext.run('create', disk, { VOL_SIZE: String(disk.sizeMib) });
    try {
      await this.ext.attach(disk);
      await this.#open(disk);
    } catch (error) {
      await this.ext.run('remove', disk);
      throw error;
    }
  }

  /** Tells the provider whose the volume is. */
  async setInfo(disk: DiskConfig, template: string, instance: string): Promise<void> {
    if (template === 'ext') await this.ext.run('setinfo', disk, { VOL_METADATA: `originstname+${instance}` });
  }

  /** Makes the volume usable on this node. @returns where it is for this hypervisor; null for a template without one */
  async activate(disk: DiskConfig, template: string, hypervisor: string): Promise<DiskSource | null> {
    if (FILE_TEMPLATES.has(template) && disk.volume !== null)
      return { kind: 'file', path: disk.volume, disk };
    if (template !== 'ext') return null;
    const attachment = await this.ext.attach(disk);
    await this.#open(disk);
    return sourceOf(disk, attachment, hypervisor);
  }

  async deactivate(disk: DiskConfig, template: string): Promise<void> {
    if (template === 'ext') await this.ext.run('detach', disk);
  }

  async remove(disk: DiskConfig, template: string): Promise<void> {
    if (template === 'ext') {
      await this.ext.run('detach', disk);
      await this.ext.run('remove', disk);
    }
    if (FILE_TEMPLATES.has(template) && disk.volume !== null) await rm(disk.volume, { force: true });
  }

  async grow(disk: DiskConfig, template: string, newSizeMib: number): Promise<void> {
    if (template === 'ext') {
      await this.ext.attach(disk);
      await this.ext.run('grow', disk, { VOL_SIZE: String(disk.sizeMib), VOL_NEW_SIZE: String(newSizeMib) });
    }
    if (FILE_TEMPLATES.has(template) && disk.volume !== null) await truncate(disk.volume, newSizeMib * MIB);
  }

  async #open(disk: DiskConfig): Promise<void> {
    await this.ext.run('open', disk, { VOL_OPEN_EXCLUSIVE: 'True' });
  }

  #volumeName(template: string, index: number): string | null {
    if (template === 'ext') return `${randomUUID()}.ext.disk${index}`;
    return FILE_TEMPLATES.has(template) ? path.join(this.#files, `${randomUUID()}.file.disk${index}`) : null;
  }
}

/** Parameter `access: userspace` asks for the hypervisor's URI; else the block device is taken, if there is one. */
function sourceOf(disk: DiskConfig, attachment: Attachment, hypervisor: string): DiskSource | null {
  const uri = attachment.uris[hypervisor];
  if (disk.params.access === 'userspace' && uri !== undefined) {
    const [, socket] = /^nbd:unix:(.+?)(?::exportname=.*)?$/.exec(uri) ?? [];
    if (socket === undefined)
      throw OpError.exec(`Disk ${disk.volume ?? ''}: URI ${uri} is not supported by this simulator`);
    return { kind: 'nbd', socket, disk };
  }
  return attachment.device === null ? null : { kind: 'device', path: attachment.device, disk };
}
