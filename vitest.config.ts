import { defineConfig } from 'vitest/config';

// `unit`: no root, engine or network; seconds. `e2e`: the real services, one at a time, on shared roots.
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
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
