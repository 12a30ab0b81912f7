import { timingSafeEqual, createHash } from 'node:crypto';

import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { Archipelago } from '@synnefo/archipelago';
import { AuthModule, type TokenVerifier } from '@synnefo/auth';
import { Commissions } from '@synnefo/commission';
import { DataSource } from '@synnefo/database';
import type { Producer } from '@synnefo/queue';
import type { Logger, Secret } from '@synnefo/runtime';

import { AccountService } from './account/account.service.js';
import { BulkDelete } from './account/bulk-delete.js';
import { ContainerService } from './container/container.service.js';
import { ListingRepository } from './container/listing.repository.js';
import { ChecksumQueue, Checksums, type ChecksumJob } from './hashmap/checksum.queue.js';
import { Dispatcher } from './http/dispatcher.js';
import { ObjectLevel } from './http/object-level.js';
import { keystoneLogin } from './http/password-login.js';
import { type Face, RootController } from './http/root.controller.js';
import { StoreController } from './http/store.controller.js';
import { InternalController } from './internal/internal.controller.js';
import { InternalTransfer } from './internal/internal-transfer.js';
import { InternalService } from './internal/internal.service.js';
import { MapStore } from './map/map-store.js';
import { Nodes } from './node/nodes.js';
import { CopyObject } from './object/copy-object.js';
import { DeleteObject } from './object/delete-object.js';
import { ExpireObjects } from './object/expire-objects.js';
import { MoveObject } from './object/move-object.js';
import { ObjectRights } from './object/object-rights.js';
import { ObjectWriter } from './object/object-writer.js';
import { PostObject } from './object/post-object.js';
import { PutObject } from './object/put-object.js';
import { ReadObject } from './object/read-object.js';
import { type Quotas, Room } from './object/room.js';
import { SharingService } from './sharing/sharing.service.js';
import {
  CHECKSUM_PRODUCER,
  FACE,
  LOGGER,
  NAME_PREFIX,
  PASSWORD_LOGIN,
  QUOTAS,
  TOKEN_VERIFIER,
} from './tokens.js';
import { Versions } from './version/versions.js';

/** What the processes make and the module wires. */
export interface Parts {
  readonly dataSource: DataSource;
  readonly archipelago: Archipelago;
  readonly commissions: Commissions;
  readonly quotas: Quotas;
  readonly namePrefix: string;
  readonly logger: Logger;
  readonly checksumProducer: Producer<ChecksumJob> | null;
}

export interface ApiParts extends Parts {
  readonly verifier: TokenVerifier;
  readonly secret: Secret;
  readonly face: Face;
  readonly loginUrl: string;
}

const SERVICES: Provider[] = [
  AccountService,
  BulkDelete,
  ChecksumQueue,
  Checksums,
  ContainerService,
  CopyObject,
  DeleteObject,
  ExpireObjects,
  Dispatcher,
  InternalService,
  InternalTransfer,
  ListingRepository,
  MapStore,
  MoveObject,
  Nodes,
  ObjectLevel,
  ObjectRights,
  ObjectWriter,
  PostObject,
  PutObject,
  ReadObject,
  Room,
  SharingService,
  Versions,
];

@Module({})
export class PithosModule {
  /** The API process. */
  static forApi(parts: ApiParts): DynamicModule {
    const isInternal = bearerCheck(parts.secret);
    return {
      module: PithosModule,
      imports: [AuthModule.forRoot({ verifier: parts.verifier, isInternal, loginUrl: parts.loginUrl })],
      controllers: [InternalController, RootController, StoreController],
      providers: [
        ...SERVICES,
        ...made(parts),
        { provide: FACE, useValue: parts.face },
        { provide: PASSWORD_LOGIN, useValue: keystoneLogin(parts.loginUrl) },
        { provide: TOKEN_VERIFIER, useValue: parts.verifier },
      ],
    };
  }

  /** The worker process. */
  static forWorker(parts: Parts): DynamicModule {
    return { module: PithosModule, providers: [...SERVICES, ...made(parts)] };
  }
}

function made(parts: Parts): Provider[] {
  return [
    { provide: DataSource, useValue: parts.dataSource },
    { provide: Archipelago, useValue: parts.archipelago },
    { provide: Commissions, useValue: parts.commissions },
    { provide: QUOTAS, useValue: parts.quotas },
    { provide: NAME_PREFIX, useValue: parts.namePrefix },
    { provide: LOGGER, useValue: parts.logger },
    { provide: CHECKSUM_PRODUCER, useValue: parts.checksumProducer },
  ];
}

/** Compares digests in constant time: neither content nor length of the secret shows in the answer's time. */
function bearerCheck(secret: Secret): (request: { headers: { authorization?: string } }) => Promise<boolean> {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const expected = digest(`Bearer ${secret.reveal()}`);
  return (request) => Promise.resolve(timingSafeEqual(expected, digest(request.headers.authorization ?? '')));
}
