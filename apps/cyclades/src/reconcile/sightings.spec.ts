import { Sightings } from './sightings.js';

describe('sightings', () => {
  const key = (text: string) => text;

  it('count when the round before had them as well', () => {
    const sightings = new Sightings(1_000, () => 0);
    expect(sightings.confirm(['a', 'b'], key)).toEqual([]);
    expect(sightings.confirm(['b', 'c'], key)).toEqual(['b']);
    expect(sightings.confirm(['a', 'b'], key)).toEqual(['b']);
  });

  it('are forgotten when the round before is too long ago', () => {
    let now = 0;
    const sightings = new Sightings(1_000, () => now);
    sightings.confirm(['a'], key);
    now = 1_001;
    expect(sightings.confirm(['a'], key)).toEqual([]);
    now = 2_001;
    expect(sightings.confirm(['a'], key)).toEqual(['a']);
  });
});
