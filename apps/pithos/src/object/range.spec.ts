import { parseRange } from './range.js';

describe('parseRange', () => {
  it.each([
    ['bytes=0-4', [{ first: 0, last: 4 }]],
    ['Bytes = 2-', [{ first: 2, last: 9 }]],
    ['bytes=-3', [{ first: 7, last: 9 }]],
    ['bytes=-30', [{ first: 0, last: 9 }]],
    ['bytes=5-50', [{ first: 5, last: 9 }]],
    ['bytes=0-0, 9-9', [{ first: 0, last: 0 }, { first: 9, last: 9 }]], // prettier-ignore
    ['bytes=10-', []],
    ['bytes=-0', []],
    ['bytes=0-1,20-30', [{ first: 0, last: 1 }]],
  ])('reads %s of ten bytes', (header, expected) => {
    expect(parseRange(header, 10)).toEqual(expected);
  });

  it.each([undefined, '', 'bytes', 'lines=0-1', 'bytes=4-2', 'bytes=a-b', 'bytes=-', 'bytes=0-1,x'])(
    'ignores %s',
    (header) => {
      expect(parseRange(header, 10)).toBeNull();
    },
  );

  it('satisfies nothing of an empty object', () => {
    expect(parseRange('bytes=0-', 0)).toEqual([]);
    expect(parseRange('bytes=-1', 0)).toEqual([]);
  });

  it('ignores a header of very many parts', () => {
    expect(parseRange(`bytes=${Array.from({ length: 51 }, () => '0-0').join()}`, 10)).toBeNull();
  });
});
