import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/runner/longest-first.ts'
import { Spent } from './test/runner/spent.ts'

/**
 * Tests run as the product does: Node itself strips the types and imports the modules, each once for all suites of a
 * worker. A suite leaves nothing behind that another would notice.
 */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    isolate: false,
    experimental: { viteModuleRunner: false, nodeLoader: false },
    // Two cores: half of the suites' time is waiting, for slow providers and for what must not happen.
    maxWorkers: 4,
    testTimeout: 90_000,
    hookTimeout: 90_000,
    teardownTimeout: 10_000,
    runner: './test/runner/measured-suites.ts',
    sequence: { sequencer: LongestFirst },
    slowTestThreshold: 20_000,
    reporters: ['default', new Spent()],
  },
})
