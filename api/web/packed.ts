import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { Plugin, ResolvedConfig } from 'vite'

/** Packs every text file of the build once in both ways browsers read, as small as it gets, so that no answer has to. */
export function packed(): Plugin {
  let config: ResolvedConfig
  return {
    name: 'packed',
    apply: 'build',
    configResolved(resolved) {
      config = resolved
    },
    closeBundle() {
      const folder = join(config.root, config.build.outDir)
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
        if (/\.(html|js|css|svg|webmanifest)$/.test(name)) {
          const plain = readFileSync(join(folder, name))
          writeFileSync(join(folder, `${name}.gz`), gzipSync(plain, { level: 9 }))
          writeFileSync(join(folder, `${name}.br`), brotliCompressSync(plain))
        }
    },
  }
}
