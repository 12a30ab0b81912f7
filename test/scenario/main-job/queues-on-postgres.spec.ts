import { mainJob } from './main-job.js';

describe('the main job, queues on postgres', () => mainJob('postgres'));
