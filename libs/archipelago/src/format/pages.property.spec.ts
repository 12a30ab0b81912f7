import fc from 'fast-check';
import { type Entry, ZERO_ENTRY, entryKey } from './entry.js';
import { LEAF_BLOCKS, decodeLeaf, encodeLeaf } from './leaf.js';
import { decodeInterior, encodeInterior } from './interior.js';
import { type JournalRecord, decodeRecords, encodeRecord } from './record.js';

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const uuid = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));
const epoch = fc.oneof(fc.nat(300), fc.maxSafeNat());
const entry: fc.Arbitrary<Entry> = fc.oneof(
  fc.constant(ZERO_ENTRY),
  fc.record({ kind: fc.constant('private' as const), uuid, epoch }),
  fc.record({ kind: fc.constant('legacy' as const), prefix: fc.string({ maxLength: 40 }), epoch }),
  fc.record({ kind: fc.constant('cas' as const), hash }),
  fc.record({ kind: fc.constant('named' as const), name: fc.string({ maxLength: 60 }) }),
);
/** A few entries, spread as runs or at random, so that every encoding is met. */
const leaf: fc.Arbitrary<Entry[]> = fc
  .record({
    entries: fc.array(entry, { minLength: 1, maxLength: 400 }),
    runLength: fc.constantFrom(1, 3, 100),
    seed: fc.nat(),
    isDirect: fc.boolean(),
  })
  .map(({ entries, runLength, seed, isDirect }) =>
    Array.from({ length: LEAF_BLOCKS }, (_, block): Entry => {
      if (isDirect)
        return { kind: 'private', uuid: 'ab'.repeat(16), epoch: 5 + ((seed + block * 31) % 1500) };
      return entries[(seed + Math.floor(block / runLength) * 7919) % entries.length] ?? ZERO_ENTRY;
    }),
  );

it('a leaf decodes to what was encoded, and equal content gives equal bytes', () => {
  fc.assert(
    fc.property(leaf, (blocks) => {
      const page = encodeLeaf(blocks);
      if (page === null) {
        expect(blocks.every((block) => block.kind === 'zero')).toBe(true);
        return;
      }
      const back = decodeLeaf(page);
      expect(back.map(entryKey)).toEqual(blocks.map(entryKey));
      expect(encodeLeaf(back)?.equals(page)).toBe(true);
    }),
    { numRuns: 40, endOnFailure: true },
  );
});

it('more than 255 different blocks take the 16-bit index', () => {
  const blocks = Array.from({ length: LEAF_BLOCKS }, (_, i): Entry => {
    return { kind: 'named', name: `object-${(i * 7) % 300}` };
  });
  const page = encodeLeaf(blocks) ?? Buffer.alloc(5);
  expect(page.readUInt8(4)).toBe(3);
  expect(decodeLeaf(page)).toEqual(blocks);
});

it('an interior page decodes to what was encoded', () => {
  const children = fc.array(fc.option(hash), { minLength: 256, maxLength: 256 });
  fc.assert(
    fc.property(children, fc.integer({ min: 1, max: 3 }), (all, level) => {
      const page = encodeInterior({ level, children: all });
      if (page !== null) expect(decodeInterior(page)).toEqual({ level, children: all });
    }),
    { numRuns: 20, endOnFailure: true },
  );
});

it('damaged pages are Corrupt, never another mapping', () => {
  fc.assert(
    fc.property(leaf, fc.nat(), fc.integer({ min: 1, max: 255 }), (blocks, at, change) => {
      const page = encodeLeaf(blocks);
      if (page === null) return;
      const bad = Buffer.from(page);
      bad[at % bad.length] = (bad[at % bad.length] ?? 0) ^ change;
      expect(() => decodeLeaf(bad)).toThrow(expect.objectContaining({ code: 'Corrupt' }));
      expect(() => decodeLeaf(page.subarray(0, at % page.length))).toThrow(
        expect.objectContaining({ code: 'Corrupt' }),
      );
    }),
    { numRuns: 20, endOnFailure: true },
  );
});

it('a journal cut anywhere yields a prefix of its records', () => {
  const record: fc.Arbitrary<JournalRecord> = fc.oneof(
    fc.record({ type: fc.constant('map' as const), block: fc.maxSafeNat(), epoch: fc.maxSafeNat() }),
    fc.record({ type: fc.constant('zero' as const), first: fc.maxSafeNat(), count: fc.nat() }),
    fc.record({ type: fc.constant('resize' as const), sizeBytes: fc.maxSafeNat() }),
    fc.record({ type: fc.constant('closed' as const) }),
  );
  fc.assert(
    fc.property(fc.array(record, { maxLength: 20 }), fc.nat(), (records, cut) => {
      const all = Buffer.concat(records.map((one, i) => encodeRecord(one, i)));
      expect([...decodeRecords(all)].map((numbered) => numbered.record)).toEqual(records);
      const some = [...decodeRecords(all.subarray(0, all.length === 0 ? 0 : cut % all.length))];
      expect(some.map((numbered) => numbered.record)).toEqual(records.slice(0, some.length));
    }),
  );
});
