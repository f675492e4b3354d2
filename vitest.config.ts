import { defineConfig } from 'vitest/config';

export default defineConfig({
  // Packages run from their sources, as in every development command.
  resolve: { conditions: ['@charter/source'] },
  ssr: { resolve: { conditions: ['@charter/source'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'tests/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    // On a busy machine an engine on WebGPU takes more than ten seconds to start.
    hookTimeout: 60_000,
  },
});
