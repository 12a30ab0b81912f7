import { type Capacity, chooseCapacity } from './backend-score.js';

const backend = (id: number, changes: Partial<Capacity> = {}): Capacity => ({
  id,
  memoryFreeMib: 8_000,
  memoryTotalMib: 10_000,
  diskFreeMib: 50_000,
  diskTotalMib: 100_000,
  instanceCount: 1,
  cpuTotal: 8,
  diskTemplates: ['ext', 'plain'],
  ...changes,
});
const demand = { ramMib: 1_024, diskMib: 10_240, diskTemplate: 'ext' };

describe('chooseCapacity', () => {
  it('takes the cluster with the lowest load', () => {
    expect(
      chooseCapacity(
        [backend(1, { memoryFreeMib: 4_000 }), backend(2), backend(3, { instanceCount: 5 })],
        demand,
      ),
    ).toBe(2);
  });

  it('takes a full one only when all are full', () => {
    const full = backend(1, { memoryFreeMib: 100, cpuTotal: 64 });
    expect(chooseCapacity([full, backend(2, { memoryFreeMib: 1_200 })], demand)).toBe(2);
    expect(chooseCapacity([full], demand)).toBe(1);
  });

  it('never takes one that lacks the disk template', () => {
    expect(chooseCapacity([backend(1, { diskTemplates: ['plain'] })], demand)).toBeNull();
  });

  it('counts a cluster without CPUs as loaded', () => {
    expect(chooseCapacity([backend(1, { cpuTotal: 0 }), backend(2)], demand)).toBe(2);
  });
});
