import { defineConfig } from 'vitest/config';

// `unit`: no root, engine or network; seconds. `e2e`: the real services, on shared roots; two files at a
// time, as most wait for one program. On CI one that fails is tried once more, and the report says so: the
// machine is shared, and one wait in thousands that was too short must not hide what the other tests say.
export default defineConfig({
  test: {
    disableConsoleIntercept: true,
    // No test leans on a public service.
    env: { REPROMAN_DEBIAN_SNAPSHOTS: '', REPROMAN_UBUNTU_SNAPSHOTS: '', REPROMAN_CONDA_LABELS: '' },
    projects: [
      {
        extends: true,
        test: { name: 'unit', include: ['test/**/*.test.ts'], exclude: ['test/e2e/**'], testTimeout: 20_000 },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          maxWorkers: 2,
          testTimeout: 600_000,
          hookTimeout: 900_000,
          retry: process.env['CI'] ? 1 : 0,
        },
      },
    ],
  },
});
