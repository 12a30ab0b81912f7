/**
 * The main job as a table: what a user does, step by step, and what each step must end in. A step behaves as a person does: it repeats what got no
 * answer or a 502, 503 or 504, and looks first whether the last try did its work. When it ends in a clear error, it is asked for once more.
 */
import { randomBytes } from 'node:crypto';
import type { Cloud } from '@synnefo/testing';
import { MIB } from '@synnefo/units';
import { loginOf } from '../scenario/login.js';
import { Patience } from './patience.js';
import { User } from './user.js';

export const STEP_NAMES = [
  'log in',
  'upload',
  'register',
  'create',
  'reboot',
  'stop',
  'snapshot',
  'start',
  'create from snapshot',
  'download',
  'delete servers',
  'delete files',
] as const;
export type StepName = (typeof STEP_NAMES)[number];

export interface Step {
  readonly name: StepName;
  /** What it must end in, perhaps when asked again. */
  readonly endsIn: string;
  run(job: Job): Promise<void>;
  /** What a user clears away after a clear error, before asking again. */
  readonly clear?: (job: Job) => Promise<void>;
}

/** How a job differs from that with servers that are state only. */
export interface JobOptions {
  /** The file that is uploaded; some random bytes by default. */
  readonly content?: Buffer;
  /** Looks at the part of the snapshot's file that was uploaded; by default nothing has changed it. @throws Error when bytes are lost */
  readonly assertSnapshot?: (bytes: Buffer) => Promise<void>;
  /** After a step: waits until a guest is as far as a user would wait for. */
  readonly settle?: (step: StepName) => Promise<void>;
}

/** One run of the main job. */
export class Job {
  readonly patience = new Patience();
  readonly content: Buffer;
  image = '';
  server = '';
  snapshot = '';
  second = '';
  #user: User | null = null;

  /** @param name of all that it makes */
  constructor(
    readonly cloud: Cloud,
    readonly name: string,
    readonly options: JobOptions = {},
  ) {
    this.content = options.content ?? randomBytes(5 * MIB + 5);
  }

  /** @throws Error before the first login */
  get user(): User {
    if (this.#user === null) throw new Error('nobody has logged in');
    return this.#user;
  }

  get snapshotName(): string {
    return `snap-${this.name}`;
  }

  get secondName(): string {
    return `second-${this.name}`;
  }

  async logIn(): Promise<void> {
    this.#user = await User.logIn(this.cloud, await loginOf(this.cloud, 'demo'), this.patience);
  }

  /** The snapshot as a file: its name may have a suffix. */
  async snapshotFile(): Promise<string> {
    const files = await this.user.listObjects('snapshots');
    return files.find((file) => file.startsWith(this.snapshotName)) ?? '';
  }

  /** Deletes the servers of a name, also such as ended in ERROR. */
  async deleteServersNamed(name: string): Promise<void> {
    for (const server of (await this.user.servers()).filter((one) => one.name === name))
      await this.user.deleteServer(server.id);
  }
}

export const STEPS: readonly Step[] = [
  {
    name: 'log in',
    endsIn: 'a token that works',
    run: async (job) => {
      await job.logIn();
      await job.user.usage();
    },
  },
  {
    name: 'upload',
    endsIn: 'the file, byte for byte',
    run: (job) => job.user.upload('files', job.name, job.content),
  },
  {
    name: 'register',
    endsIn: 'an image',
    run: async (job) => {
      job.image = await job.user.register('files', job.name);
    },
  },
  {
    name: 'create',
    endsIn: 'a server that runs; one in ERROR can be deleted',
    run: async (job) => {
      job.server = await job.user.createRunningServer(job.name, job.image, await job.user.flavor());
    },
    clear: (job) => job.deleteServersNamed(job.name),
  },
  {
    name: 'reboot',
    endsIn: 'a server that runs',
    run: (job) => job.user.reboot(job.server),
  },
  {
    name: 'stop',
    endsIn: 'a server that is shut off',
    run: (job) => job.user.act(job.server, 'os-stop', 'SHUTOFF'),
  },
  {
    name: 'snapshot',
    endsIn: 'an image that is active; one in error can be deleted',
    run: async (job) => {
      job.snapshot = await job.user.snapshot(job.server, job.snapshotName);
    },
    clear: (job) => job.user.deleteImage(job.snapshotName),
  },
  {
    name: 'start',
    endsIn: 'a server that runs',
    run: (job) => job.user.act(job.server, 'os-start', 'ACTIVE'),
  },
  {
    name: 'create from snapshot',
    endsIn: 'a second server that runs, with addresses of its own',
    run: async (job) => {
      job.second = await job.user.createRunningServer(job.secondName, job.snapshot, await job.user.flavor());
    },
    clear: (job) => job.deleteServersNamed(job.secondName),
  },
  {
    name: 'download',
    endsIn: 'the bytes that were uploaded, from the file and from the snapshot',
    run: async (job) => {
      const file = await job.user.download('files', job.name);
      if (!file.equals(job.content)) throw new Error('the file has other bytes than were uploaded');
      await assertSnapshot(job);
    },
  },
  {
    name: 'delete servers',
    endsIn: 'no server',
    run: async (job) => {
      await job.user.deleteServer(job.server);
      await job.user.deleteServer(job.second);
    },
  },
  {
    name: 'delete files',
    endsIn: 'no file',
    run: async (job) => {
      await job.user.deleteImage(job.snapshotName);
      await job.user.deleteObject('files', job.name);
    },
  },
];

async function assertSnapshot(job: Job): Promise<void> {
  const { user, content, options } = job;
  const bytes = await user.download('snapshots', await job.snapshotFile(), content.length);
  if (options.assertSnapshot !== undefined) await options.assertSnapshot(bytes);
  else if (!bytes.equals(content)) throw new Error('the snapshot has other bytes than were uploaded');
}
