import { Module } from '@nestjs/common';
import { SnapshotModule } from './snapshot.module.js';
import { SnapshotProcessor } from './snapshot.processor.js';

/** What the queue process has beside the feature itself. */
@Module({ imports: [SnapshotModule], providers: [SnapshotProcessor] })
export class SnapshotWorkerModule {}
