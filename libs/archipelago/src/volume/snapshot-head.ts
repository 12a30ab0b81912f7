import type { Head } from '../format/head.js';

/** Head of the snapshot of a volume whose sealed head is given: the same root, read-only. */
export function snapshotHead(sealed: Head, snapshot: { readonly uuid: string; readonly name: string }): Head {
  const now = Date.now();
  return {
    ...sealed,
    uuid: snapshot.uuid,
    readOnly: true,
    epoch: 0,
    floor: 0,
    generation: 0,
    journalSeq: 0,
    parentUuid: sealed.uuid,
    createdMs: now,
    modifiedMs: now,
    attrs: { name: snapshot.name },
  };
}
