import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/**
 * For what hangs, and nothing else: no test measures time by it. A second of work took eleven where twenty processes shared two cores.
 */
const HANGS_MS = 60_000

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          // A shell writes a warning into what a test compares where the locale of whoever runs it is not installed.
          env: { LC_ALL: 'C.UTF-8' },
          testTimeout: HANGS_MS,
          hookTimeout: HANGS_MS,
          include: [
            '{core,steps,worker,runner-agent,cli,ui,scripts}/**/*.test.ts',
            'test/{fixtures,conformance,simulator}/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', '**/*.workerd.test.ts', '**/*.e2e.test.ts'],
        },
      },
      {
        plugins: [
          cloudflareTest({
            main: './worker/index.ts',
            wrangler: { configPath: './wrangler.toml' },
            miniflare: {
              bindings: {
                RUN_POOL: '4',
                SIGNING_KEY: 'test',
                VAULT_KEYS: `${'A'.repeat(43)}=`,
                EDGEDAG_TOKEN: 'test-token-of-16-chars',
              },
            },
          }),
        ],
        test: {
          name: 'workerd',
          include: ['worker/**/*.workerd.test.ts', 'test/simulator/**/*.workerd.test.ts'],
          fileParallelism: false,
          testTimeout: HANGS_MS,
          hookTimeout: HANGS_MS,
        },
      },
      {
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['test/e2e/**/*.e2e.test.ts'],
          globalSetup: './test/e2e/support/global-setup.ts',
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'chaos',
          environment: 'node',
          include: ['test/chaos/**/*.chaos.test.ts'],
          globalSetup: './test/e2e/support/global-setup.ts',
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
