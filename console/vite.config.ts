/// <reference types="vitest/config" />
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const server = process.env['CLOCKHOUSE_URL'] ?? 'http://127.0.0.1:8420';

export default defineConfig({
  plugins: [react()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    outDir: '../src/clockhouse/console',
    emptyOutDir: true,
    // The content security policy allows no `data:` fonts or scripts: every asset stays a file.
    assetsInlineLimit: 0,
    target: 'es2022',
    chunkSizeWarningLimit: 1600, // the API's page, on its own
    rollupOptions: { input: ['index.html', 'api-docs.html'] },
  },
  // The host is kept, so that the server sees its own origin and not a foreign site's.
  server: { proxy: { '/api': { target: server, changeOrigin: false } } },
  test: {
    environment: 'jsdom',
    setupFiles: ['src/test/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    css: false,
    testTimeout: 60_000,
    retry: process.env['CI'] ? 1 : 0, // a machine that stalls; what passes only then is told as a retry
    restoreMocks: true,
    unstubGlobals: true,
    // A browser's world per worker and not per file: a third of the time. Tests leave nothing behind (src/test/setup.ts).
    isolate: false,
    maxWorkers: '100%',
  },
});
