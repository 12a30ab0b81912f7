export { Cloud, type CloudOptions, type CloudProcess, type CloudUser, freePortBase } from './cloud.js';
export { type CommandOptions, type CommandResult, runCommand } from './command.js';
export { freePort } from './port.js';
export { startProcess, type RunningProcess, type StartProcess } from './process.js';
export { testDatabase, testDatabaseServer, testRedisUrl, type TestDatabase } from './services.js';
export { tmpDir } from './tmp-dir.js';
