import { assertOffered } from './volume-microversion.js';

describe('assertOffered', () => {
  it.each([[undefined], ['volume 3.0'], ['compute 2.79, volume latest'], ['compute 2.60']])(
    'takes %s',
    (header) => {
      expect(() => assertOffered(header)).not.toThrow();
    },
  );

  it.each([
    ['volume 3.59', 406],
    ['compute 2.1, block-storage 4.0', 406],
    ['volume three', 400],
  ])('refuses %s with %d', (header, code) => {
    expect(() => assertOffered(header)).toThrow(expect.objectContaining({ code }));
  });
});
