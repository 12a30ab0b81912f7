import { z } from 'zod';

export const simConfigSchema = z.object({
  SYNNEFO_LISTEN_HOST: z.string().default('127.0.0.1'),
  SYNNEFO_LOG_LEVEL: z.string().default('info'),
  /** Port of the remote API, plain HTTP; a real cluster's is 5080. */
  GANETI_SIM_PORT: z.coerce.number().int().min(0).max(65_535).default(5080),
  /** All state: configuration, job queue, consoles, process ids of the guests. */
  GANETI_SIM_DIR: z.string().min(1),
  /** Ganeti's format: `name password write` a line. */
  GANETI_SIM_USERS_FILE: z.string().min(1),
  /** Holds one directory a provider of external storage, each with the scripts create, attach, … */
  GANETI_SIM_EXTSTORAGE_DIR: z.string().optional(),
  /** Hooks as in Ganeti's `/etc/ganeti/hooks`: `<operation>-<phase>.d/<script>`. */
  GANETI_SIM_HOOKS_DIR: z.string().optional(),
  /** How instances run: `none` is their state only; `auto` is emulation when QEMU is installed, else state only. */
  GANETI_SIM_QEMU: z.enum(['kvm', 'tcg', 'none', 'auto']).default('auto'),
  GANETI_SIM_QEMU_BINARY: z.string().default('qemu-system-x86_64'),
  /** 1: jobs take about as long as alone on a real cluster; 0: no waiting at all; 30: twenty at a time make one a second, as on a busy one. */
  GANETI_SIM_SPEED: z.coerce.number().min(0).max(60).default(0.1),
  /** OS definitions with variants, by commas. None of them has anything to run at creation. */
  GANETI_SIM_OS: z.string().default('synnefo+default'),
});
export type SimConfig = z.infer<typeof simConfigSchema>;
