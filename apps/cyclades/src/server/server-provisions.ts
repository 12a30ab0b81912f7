/** What an action gives back or takes, as provisions of a commission. Pure. */
import type { Provision } from '@synnefo/astakos-client';
import { provisionsFor } from '@synnefo/commission';
import { GIB, type ProjectUuid, type UserUuid } from '@synnefo/units';
import type { ServerAction } from './server.entity.js';
import { actionDeltas, type Size } from './server-quota.js';

export interface ChargedServer {
  readonly userUuid: string;
  readonly project: string;
  readonly chargesRunning: boolean;
  readonly size: Size;
  /** Each is charged to a project of its own. */
  readonly volumes: readonly { readonly project: string; readonly sizeGib: number }[];
}

export function actionProvisions(server: ChargedServer, action: Exclude<ServerAction, 'BUILD'>): Provision[] {
  const { chargesRunning, size, volumes } = server;
  const user = server.userUuid as UserUuid; // written from principals only
  const sizeIn = (project: string) =>
    volumes.filter((v) => v.project === project).reduce((sum, v) => sum + v.sizeGib, 0);
  const charged = { ...size, chargesRunning, diskGib: sizeIn(server.project) };
  const own = provisionsFor(user, server.project as ProjectUuid, actionDeltas(action, charged));
  if (action !== 'DESTROY') return own;
  const others = new Set(volumes.map(({ project }) => project).filter((name) => name !== server.project));
  const disks = [...others].flatMap((project) =>
    provisionsFor(user, project as ProjectUuid, {
      'cyclades.disk': -BigInt(sizeIn(project)) * BigInt(GIB),
    }),
  );
  return [...own, ...disks];
}
