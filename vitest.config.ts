import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: ['{core,steps,worker,runner-agent,cli,ui,scripts}/**/*.test.ts', 'test/{fixtures,conformance,simulator}/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/*.workerd.test.ts', '**/*.e2e.test.ts'],
        },
      },
    ],
  },
})
