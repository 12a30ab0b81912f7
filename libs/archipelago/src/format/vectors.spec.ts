import { createHash } from 'node:crypto';
import { crc32c } from './crc32c.js';
import { type Entry, ZERO_ENTRY, objectName } from './entry.js';
import { blockHash, merkleRoot, sha256 } from './hash.js';
import { type Head, decodeHead, encodeHead } from './head.js';
import { decodeInterior, encodeInterior } from './interior.js';
import { LEAF_BLOCKS, decodeLeaf, encodeLeaf } from './leaf.js';
import { decodeRecords, encodeRecord } from './record.js';

// Test vectors of archipelago spec §8.1, §8.2 and §8.7, and of storage spec §2.4.
const MIB = 1024 * 1024;
const UUID = '000102030405060708090a0b0c0d0e0f';
const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex');
const Z = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const A = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const B = '299285fc41a44cdb038b9fdaf494c76ca9d0c866672b2b266c1a0c17dda60a05';
const P = 'a117210941a0b00dcb2d8577e680d84b6fa0eaf760d2afc654c953b9859d54fa';
const pattern = (length: number): Buffer =>
  Buffer.alloc(length, Buffer.from(Array.from({ length: 251 }, (_, i) => i)));
const pat = pattern(4 * MIB);

function pieces(content: Buffer, blockSize: number): Buffer[] {
  const out: Buffer[] = [];
  for (let at = 0; at < content.length; at += blockSize) out.push(content.subarray(at, at + blockSize));
  return out;
}

function objectHash(content: Buffer, blockSize = 4 * MIB): string {
  return merkleRoot(pieces(content, blockSize).map(blockHash)).toString('hex');
}

describe('block hashes', () => {
  const last = Buffer.alloc(4 * MIB);
  last[last.length - 1] = 1;
  it.each<[string, Buffer, string]>([
    ['empty', Buffer.alloc(0), Z],
    ['one zero byte', Buffer.alloc(1), Z],
    ['4 MiB of zeros', Buffer.alloc(4 * MIB), Z],
    ['abc', Buffer.from('abc'), A],
    ['abc and zeros', Buffer.concat([Buffer.from('abc'), Buffer.alloc(4 * MIB - 3)]), A],
    ['leading zero', hex('006162630000'), '609f6e36d2405585188d5cfd761f407c7cc46a7d3f314c88270469dde315fcd1'],
    ['last byte 01', last, '32f952978f035b6edfd9680b6bd3f87cf81a15d31683a9d6aa855d00353b5bb3'],
    ['4 MiB of a', Buffer.alloc(4 * MIB, 'a'), B],
    ['pat', pat, P],
    [
      '1 MiB of pat',
      pat.subarray(0, MIB),
      '631b84027d6b9e52b539c4e8373622d23032dfadc64d60af87339c9037e4f769',
    ],
  ])('%s', (_name, data, expected) => {
    expect(blockHash(data).toString('hex')).toBe(expected);
  });

  it('strips the same at every alignment', () => {
    const big = Buffer.alloc(64);
    for (let start = 0; start < 16; start += 1) {
      for (let end = start; end <= 64; end += 1) {
        big.fill(0).fill(7, start, Math.min(end, start + 9));
        const expected = big.subarray(start, Math.min(end, start + 9));
        expect(blockHash(big.subarray(start, end)).equals(sha256(expected))).toBe(true);
      }
    }
  });
});

describe('Merkle roots', () => {
  it.each<[string, string[], string]>([
    ['[]', [], Z],
    ['[A]', [A], A],
    ['[A,B]', [A, B], '9458f315ac0716e2451b7db35a66f306d037afe62309ce8e7c39311d76d090d0'],
    ['[A,B,P]', [A, B, P], 'dcf56966c8e3f21fcb35b0144c2d073e1346c04dfc1fc7c052d3e60b78df5cac'],
    ['[Z,Z,Z]', [Z, Z, Z], 'c93196c1d61dc9a1a3c116c107cd5a28026f5f91b6b9cc0953f708358a1440ec'],
    ['[A,Z,B,P,A]', [A, Z, B, P, A], 'e03c3d937a12fba711736c713dc789732269235b963f22fb6b38762db99bb674'],
  ])('%s', (_name, list, expected) => {
    expect(merkleRoot(list.map(hex)).toString('hex')).toBe(expected);
  });

  const bytes = Buffer.alloc(256 * 1024, Buffer.from(Array.from({ length: 256 }, (_, i) => i)));
  it.each<[string, Buffer, number, string]>([
    [
      'hello',
      Buffer.from('hello world\n'),
      4 * MIB,
      'a948904f2f0f479b8f8197694b30184b0d2ed1c1cd2a1ec0fb85d299a192a447',
    ],
    [
      'pat pat tail',
      Buffer.concat([pat, pat, Buffer.from('tail\0\0')]),
      4 * MIB,
      '011a3f5c4d6865b0e4726cb5dfafd965e657dac20bcb9e527da691b3c7eabbe0',
    ],
    [
      '00..ff, 128 KiB',
      bytes,
      128 * 1024,
      'b6d377c479d72039ec792a44eb6c474e2f21c2c72e9ef1b4210d43cbef9e00eb',
    ],
    ['empty', Buffer.alloc(0), 4 * MIB, Z],
    ['a', Buffer.from('a'), 4 * MIB, 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'],
    [
      'a and NULs',
      Buffer.from('a\0\0\0'),
      4 * MIB,
      'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb',
    ],
    ['4 MiB of zeros', Buffer.alloc(4 * MIB), 4 * MIB, Z],
    [
      '4 MiB + 1 of zeros',
      Buffer.alloc(4 * MIB + 1),
      4 * MIB,
      '2dba5dbc339e7316aea2683faf839c1b7b1ee2313db792112588118df066aa35',
    ],
    [
      '4 MiB + 1 of a',
      Buffer.alloc(4 * MIB + 1, 'a'),
      4 * MIB,
      '5f858b62ccd88447586305aec6fd53c96747cfebf527cbba129a6dfed47d9624',
    ],
    [
      'P(9 MiB)',
      pattern(9 * MIB),
      4 * MIB,
      '14527cc49f5189c1a41c94cccce0ba4cb6699d048ee8397c97c169b6d57d8607',
    ],
    [
      'P(12 MiB)',
      pattern(12 * MIB),
      4 * MIB,
      '454932f49c202a89ac6d830fa8b742d22efb578a1b16018c1c85b403d7379546',
    ],
  ])('%s', (_name, content, blockSize, expected) => {
    expect(objectHash(content, blockSize)).toBe(expected);
  });
});

const own = (epoch: number): Entry => ({ kind: 'private', uuid: UUID, epoch });
const leafOf = (entry: (block: number) => Entry): Entry[] =>
  Array.from({ length: LEAF_BLOCKS }, (_, i) => entry(i));
const L1 = leafOf(() => own(1));
const L2 = leafOf((i) => (i === 1 ? own(1) : i === 2 ? { kind: 'cas', hash: hex(A) } : ZERO_ENTRY));
const page = (leaf: Entry[]): Buffer => encodeLeaf(leaf) ?? Buffer.alloc(0);
const name = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

describe('leaf pages', () => {
  it('CRC-32C check value', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });

  it('L1', () => {
    expect(page(L1).toString('hex')).toBe(
      '414d4c3301000001000100010000001801000102030405060708090a0b0c0d0e0f010001000000017b9ceb98',
    );
    expect(name(page(L1))).toBe('4504899d241560162ba36fee1d9b6d9993f95d4bd3d9a5f2013f3e7ba8b9d63e');
  });

  it('L2', () => {
    expect(page(L2)).toEqual(
      hex(`414d4c3301000001000200040000004501000102030405060708090a0b0c0d0e0f01000102ba7816bf8f01cfea414140
        de5dae2223b00361a396177a9cb410ff61f20015ad00000000000100010002000200030000f096bdb4`),
    );
    expect(name(page(L2))).toBe('24427ba5e1483df62b38026d19c2a8d3a0f791e5083088395edad29c1f6576a5');
  });

  it('L3', () => {
    const l3 = page(leafOf((i) => (i % 2 === 0 ? ZERO_ENTRY : own(1))));
    expect([l3[4], l3.length]).toEqual([2, 1064]);
    expect(name(l3)).toBe('069af67fda702aa05089d3dbe553b1a51546040d4dafe610507eb05e83e24670');
  });

  it('L4', () => {
    const l4 = page(leafOf((i) => own(1000 + i)));
    expect([l4[4], l4.length]).toEqual([4, 2983]);
    expect(name(l4)).toBe('4eaf01a2b6413dae191c58db12a71789855d328740f9e1b177499e4d154fb62c');
  });

  it('decodes what it encodes, and refuses every changed byte', () => {
    expect(decodeLeaf(page(L2))).toEqual(L2);
    for (let i = 0; i < page(L2).length; i += 1) {
      const bad = Buffer.from(page(L2));
      bad[i] = (bad[i] ?? 0) ^ 1;
      expect(() => decodeLeaf(bad)).toThrow(expect.objectContaining({ code: 'Corrupt' }));
    }
  });
});

describe('interior pages', () => {
  const interior = (level: number, children: ReadonlyMap<number, Buffer>): Buffer =>
    encodeInterior({ level, children: Array.from({ length: 256 }, (_, i) => children.get(i) ?? null) }) ??
    Buffer.alloc(0);
  const full = (level: number, child: Buffer): Buffer =>
    interior(level, new Map(Array.from({ length: 256 }, (_, i) => [i, sha256(child)])));

  it('children 0 and 3', () => {
    const data = interior(1, new Map([[0, sha256(page(L1))], [3, sha256(page(L2))]])); // prettier-ignore
    expect(data).toEqual(
      hex(`414d4933010000029000000000000000000000000000000000000000000000000000000000000000
        4504899d241560162ba36fee1d9b6d9993f95d4bd3d9a5f2013f3e7ba8b9d63e
        24427ba5e1483df62b38026d19c2a8d3a0f791e5083088395edad29c1f6576a5 e3d27a49`),
    );
    expect(name(data)).toBe('702796fe818b4892a4a580500d6e633542d70984f155d1ef79e178616df96272');
    expect(decodeInterior(data).children[3]).toEqual(sha256(page(L2)));
  });

  it('a uniform PiB is four pages of 16,688 bytes', () => {
    const level1 = full(1, page(L1));
    expect(level1.length).toBe(8236);
    expect(name(level1)).toBe('9e95522584f4b60418f111bb4bc7d3fb55fb24eca95cddfe53c18f73668eee50');
    const level2 = full(2, level1);
    const root = interior(3, new Map([0, 1, 2, 3].map((i) => [i, sha256(level2)])));
    expect(root.length).toBe(172);
    expect(name(root)).toBe('3f84a16cb8ea1bc443e3733a7b165e7d6e0fd521624bd48a34afee69058f7c37');
    expect(page(L1).length + level1.length + level2.length + root.length).toBe(16_688);
  });
});

describe('head', () => {
  const head: Head = {
    uuid: UUID,
    sizeBytes: 10 * MIB,
    blockSizeBytes: 4 * MIB,
    readOnly: false,
    deleted: false,
    pending: false,
    fullyHashed: false,
    epoch: 1,
    floor: 1,
    generation: 1,
    root: sha256(page(L2)),
    rootLevel: 0,
    journalSeq: 0,
    parentUuid: null,
    createdMs: 1_700_000_000_000,
    modifiedMs: 1_700_000_000_000,
    attrs: {},
  };
  const bytes =
    hex(`414d462e000000030000000000a0000000400000000000000000000000000001000102030405060708090a0b0c0d0e0f
    0000000000000001000000000000000124427ba5e1483df62b38026d19c2a8d3a0f791e5083088395edad29c1f6576a5
    000100000000100000000000000000000000000000000000000000000000000000000000000000000000000000000000
    000000000000000000000000000000000000018bcfe568000000018bcfe5680000027b7d5eb2ac83`);

  it('10 MiB, root L2', () => {
    expect(encodeHead(head)).toEqual(bytes);
    expect(decodeHead(bytes)).toEqual(head);
  });

  it('keeps every field', () => {
    const other = { ...head, readOnly: true, deleted: true, pending: true, fullyHashed: true, rootLevel: 3, journalSeq: 77, parentUuid: 'f'.repeat(32), attrs: { name: 'ä' } }; // prettier-ignore
    expect(decodeHead(encodeHead(other))).toEqual(other);
  });
});

describe('journal records', () => {
  it('MAP and SEAL', () => {
    const map = encodeRecord({ type: 'map', block: 1, epoch: 1 }, 1);
    const seal = encodeRecord({ type: 'seal', epoch: 2, snapshotUuid: '0'.repeat(32), name: 'snap-1' }, 2);
    expect(map.toString('hex')).toBe('0000000c010000000000000001010101aaf93925');
    expect(seal.toString('hex')).toBe(
      '00000021040000000000000002020000000000000000000000000000000006736e61702d314fdb376c',
    );
    expect([...decodeRecords(Buffer.concat([map, seal, map.subarray(0, 19)]))]).toEqual([
      { sequence: 1, record: { type: 'map', block: 1, epoch: 1 } },
      { sequence: 2, record: { type: 'seal', epoch: 2, snapshotUuid: '0'.repeat(32), name: 'snap-1' } },
    ]);
  });
});

it('names of private objects', () => {
  expect(objectName(own(16), 255)).toBe(`${UUID}_0000000000000010_00000000000000ff`);
  expect(objectName({ kind: 'legacy', prefix: 'myvolume', epoch: 1 }, 2)).toBe(
    'myvolume_0000000000000001_0000000000000002',
  );
});
