import { verdictOf } from './commission-review.js';

describe('a commission that Astakos has pending', () => {
  it.each([
    ['no row, young', { decision: null, ofObject: 'reject', isYoung: true }, 'wait'],
    ['no row, old', { decision: null, ofObject: 'accept', isYoung: false }, 'reject'],
    ['decided: accept', { decision: 'accept', ofObject: 'reject', isYoung: true }, 'accept'],
    ['decided: reject', { decision: 'reject', ofObject: 'accept', isYoung: true }, 'reject'],
    ['kept, its job runs', { decision: 'pending', ofObject: 'wait', isYoung: false }, 'wait'],
    ['kept, its job succeeded', { decision: 'pending', ofObject: 'accept', isYoung: false }, 'accept'],
    ['kept, nothing waits for it', { decision: 'pending', ofObject: 'reject', isYoung: false }, 'reject'],
  ] as const)('%s', (_, about, verdict) => {
    expect(verdictOf(about)).toBe(verdict);
  });
});
