import { Patience } from './patience.js';

it('sends calls away while they are slow, and looks again', () => {
  let time = 0;
  const patience = new Patience(() => time);
  const call = (ms: number): boolean => {
    if (!patience.begin()) return false;
    time += ms;
    patience.end();
    return true;
  };
  const callsAway = (ms: number): number => {
    let away = 0;
    while (!call(ms)) away += 1;
    return away;
  };
  // One slow call among quick ones says nothing.
  for (let i = 0; i < 100; i += 1) expect(call(i % 3 === 1 ? 9 : 0.01)).toBe(true);
  for (let i = 0; i < 3; i += 1) expect(call(5)).toBe(true);
  expect(callsAway(5)).toBe(64);
  expect(callsAway(0.01)).toBe(64);
  for (let i = 0; i < 100; i += 1) expect(call(0.01)).toBe(true);
});
