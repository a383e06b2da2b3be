// Builds the dashboard into dist/ui: hashed files, nothing inline, so that `default-src 'self'` is enough to run it.
import { defineConfig } from 'vite'

const api = process.env.EDGEDAG_URL ?? 'http://127.0.0.1:8080'

export default defineConfig({
  root: import.meta.dirname,
  build: {
    outDir: '../dist/ui',
    emptyOutDir: true,
    target: 'es2023',
    // Inlined assets would be data: URLs, which the content security policy refuses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: true,
    // `use client` in dependencies means nothing outside a server renderer.
    rolldownOptions: { onwarn: (warning, warn) => warning.code !== 'MODULE_LEVEL_DIRECTIVE' && warn(warning) },
  },
  server: { host: '127.0.0.1', proxy: { '/api': { target: api, ws: true } } },
})
