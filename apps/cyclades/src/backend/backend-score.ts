/** The choice of a cluster for a new server. Source: compute spec 3.3.2. Pure. */

export interface Capacity {
  readonly id: number;
  readonly memoryFreeMib: number;
  readonly memoryTotalMib: number;
  readonly diskFreeMib: number;
  readonly diskTotalMib: number;
  readonly instanceCount: number;
  readonly cpuTotal: number;
  readonly diskTemplates: readonly string[];
}

export interface Demand {
  readonly ramMib: number;
  readonly diskMib: number;
  /** Ganeti's template, `ext` for `ext_<provider>`. */
  readonly diskTemplate: string;
}

/** Virtual CPUs that a server is counted as, and how many of them a real one carries. */
const CPUS_PER_SERVER = 4;
const CPU_RATIO = 3;

/** @returns the best cluster's id; null when none has the disk template. A cluster whose numbers say "full" is taken only when all say so: they are pessimistic. */
export function chooseCapacity(backends: readonly Capacity[], demand: Demand): number | null {
  const able = backends.filter((backend) => backend.diskTemplates.includes(demand.diskTemplate));
  const roomy = able.filter((backend) => hasRoom(backend, demand));
  const [best] = [...(roomy.length > 0 ? roomy : able)].sort((a, b) => load(a) - load(b) || a.id - b.id);
  return best?.id ?? null;
}

function hasRoom(backend: Capacity, demand: Demand): boolean {
  // External storage is not what Ganeti's free disk space is about.
  const hasDisk = demand.diskTemplate === 'ext' || backend.diskFreeMib > demand.diskMib;
  return hasDisk && backend.memoryFreeMib > demand.ramMib && cpuLoad(backend) < 1;
}

function load(backend: Capacity): number {
  const used = (free: number, total: number) => (total === 0 ? 0 : 1 - free / total);
  const memory = used(backend.memoryFreeMib, backend.memoryTotalMib);
  return 0.5 * cpuLoad(backend) + 0.5 * (memory + used(backend.diskFreeMib, backend.diskTotalMib));
}

function cpuLoad(backend: Capacity): number {
  return backend.cpuTotal === 0
    ? 1
    : ((backend.instanceCount + 1) * CPUS_PER_SERVER) / (backend.cpuTotal * CPU_RATIO);
}
