import { createHash } from 'node:crypto';

import fc from 'fast-check';

import { BLOCK_SIZE_BYTES, blockCount, EMPTY_HASH, hashmapDocument, parseHashmap } from './hashmap.js';

const sha = (text: string) => createHash('sha256').update(text).digest();

describe('hashmap documents', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string(), { minLength: 1, maxLength: 8 }),
        fc.nat(BLOCK_SIZE_BYTES - 1),
        (texts, part) => {
          const map = { sizeBytes: (texts.length - 1) * BLOCK_SIZE_BYTES + part + 1, hashes: texts.map(sha) };
          expect(parseHashmap(hashmapDocument(map, 'json', 'x'))).toEqual(map);
        },
      ),
    );
  });

  it('show one hash for the empty object, and take it or none', () => {
    expect(JSON.parse(hashmapDocument({ sizeBytes: 0, hashes: [] }, 'json', 'x'))).toMatchObject({
      hashes: [EMPTY_HASH],
    });
    expect(parseHashmap(`{"bytes": 0, "hashes": ["${EMPTY_HASH}"]}`)).toEqual({ sizeBytes: 0, hashes: [] });
    expect(() => parseHashmap(`{"bytes": 0, "hashes": ["${sha('a').toString('hex')}"]}`)).toThrow();
  });

  it('count blocks', () => {
    expect([0, 1, BLOCK_SIZE_BYTES, BLOCK_SIZE_BYTES + 1].map(blockCount)).toEqual([0, 1, 1, 2]);
  });

  it('escape names in XML', () => {
    expect(hashmapDocument({ sizeBytes: 0, hashes: [] }, 'xml', 'a"<&\u0001')).toContain(
      'name="a&quot;&lt;&amp;"',
    );
  });
});
