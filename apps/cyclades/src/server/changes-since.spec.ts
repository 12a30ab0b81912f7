import { changesSince } from './changes-since.js';

describe('changesSince', () => {
  const now = new Date('2031-01-12T10:00:00Z');

  it.each([['2031-01-12T09:59:59Z'], ['2031-01-12T11:59:59+02:00'], ['2031-01-12T11:59:59 02:00']])(
    'takes %s',
    (text) => {
      expect(changesSince(text, now).toISOString()).toBe('2031-01-12T09:59:59.000Z');
    },
  );

  it.each([['2031-01-12T10:00:01Z'], ['2031-01-12T07:00:00Z'], ['2031-01-12T09:59:59'], ['soon'], ['']])(
    'refuses %s',
    (text) => {
      expect(() => changesSince(text, now)).toThrow(/changes-since/);
    },
  );
});
