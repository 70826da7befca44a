import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.js';

// `unit`: no root, engine or network; seconds, with the patience of a machine that has much else to do. `e2e`: the real
// services, on shared roots; three files at a time on two processors, as each waits for programs a third of its time, and
// the longest first. On CI one that fails is tried once more, and the report says so: the machine is shared, and one wait
// in thousands that was too short must not hide what the other tests say.
export default defineConfig({
  test: {
    disableConsoleIntercept: true,
    // No test leans on a public service.
    env: { REPROMAN_DEBIAN_SNAPSHOTS: '', REPROMAN_UBUNTU_SNAPSHOTS: '', REPROMAN_CONDA_LABELS: '' },
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/e2e/**'], testTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: ['test/support/new-run.ts'],
          maxWorkers: 3,
          testTimeout: 600_000,
          hookTimeout: 900_000,
          retry: process.env['CI'] ? 1 : 0,
        },
      },
    ],
  },
});
