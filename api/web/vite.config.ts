import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'
import { offline } from './offline.ts'
import { packed } from './packed.ts'

export default defineConfig({
  base: './',
  plugins: [
    vue(),
    offline('index', ['icon.svg', 'icon-192.png', 'manifest.webmanifest']),
    packed(),
  ],
  define: {
    __BUILD__: JSON.stringify(process.env.SUPPLY_PLAN_BUILD ?? 'dev'),
    __INTLIFY_JIT_COMPILATION__: 'true',
    __INTLIFY_DROP_MESSAGE_COMPILER__: 'false',
  },
  build: {
    outDir: '../static',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:8000', '/app-info': 'http://127.0.0.1:8000' } },
})
