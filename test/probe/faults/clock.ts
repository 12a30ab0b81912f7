/** A process whose clock is wrong, by Debian's libfaketime. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Cloud } from '@synnefo/testing';
import { giveSettings, takeSettings } from './settings.js';

const LIBRARIES = '/usr/lib';

/** The preloaded library; null where it is not installed. */
export function clockLibrary(): string | null {
  const candidates = readdirSync(LIBRARIES).map((dir) =>
    path.join(LIBRARIES, dir, 'faketime', 'libfaketime.so.1'),
  );
  return candidates.find((file) => existsSync(file)) ?? null;
}

/** Starts the process anew, with a clock that is ahead by so many seconds; time goes on as it should. */
export async function setClock(cloud: Cloud, name: string, aheadS: number): Promise<void> {
  await giveSettings(cloud, name, {
    LD_PRELOAD: clockLibrary() ?? '',
    FAKETIME: `${aheadS < 0 ? '' : '+'}${aheadS}`,
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    NO_FAKE_STAT: '1',
  });
}

/** Starts the process anew, with the clock of this machine. */
export const mendClock = (cloud: Cloud, name: string): Promise<void> => takeSettings(cloud, name);
