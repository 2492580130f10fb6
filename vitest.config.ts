import { defineConfig } from 'vitest/config';

/** Suites about the build: they share one, made before them when dist/ is older than src/. */
const built = ['test/package/**/*.test.ts', 'test/readme/**/*.test.ts', 'test/studio/**/*.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'rooms', include: ['test/**/*.test.ts'], exclude: built } },
      { extends: true, test: { name: 'built', include: built, globalSetup: 'test/build.ts' } },
    ],
  },
});
