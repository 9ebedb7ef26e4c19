// Builds the console into dist, as the hub serves it: hashed assets, one chunk a page, nothing from
// any other host. `vite dev` asks a hub on this machine.
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const hub = process.env.RELI_HUB ?? 'http://127.0.0.1:8080'

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  resolve: {
    conditions: ['reli-source', 'module', 'browser', 'development|production'],
    // The test runner brings an older React, which npm puts where antd would find it first.
    dedupe: ['react', 'react-dom'],
  },
  build: {
    target: 'es2022',
    // Everything a page loads is a file of its own: the content policy knows no data: scripts.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 700,
  },
  server: { proxy: { '/v1': hub } },
})
