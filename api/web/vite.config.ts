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
    // src/i18n.ts has its own
    __INTLIFY_DROP_MESSAGE_COMPILER__: 'true',
  },
  build: {
    outDir: '../static',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // one file that stays the same from build to build: what every page stands on
            { name: 'vue', test: /node_modules\/(@vue|vue|vue-router|petite-vue-i18n|@intlify|idb)\// },
            // what the first page has in common with others, in one file: each more is a way to the server
            { name: 'app', test: /web\/src\/(api|kept|queue)\/[a-zA-Z]+\.ts|web\/src\/(i18n|account\/(session|leave)|act\/replyForm|answer\/refresh|ask\/(draft|form)|map\/grids|parts\/(moment|number|unreadable)|work\/notices)\.ts|messages\/zh\.json/ },
          ],
        },
      },
    },
  },
  server: { proxy: { '/v1': 'http://127.0.0.1:8000', '/app-info': 'http://127.0.0.1:8000' } },
})
