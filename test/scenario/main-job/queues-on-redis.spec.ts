import { mainJob } from './main-job.js';

describe('the main job, queues on redis', () => mainJob('redis'));
