export { type SimConfig, simConfigSchema } from './config.js';
export { stopGuests } from './guest/qemu-guests.js';
export { type Simulator, startSimulator } from './simulator.js';
