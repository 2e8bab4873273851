import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Plugin, Rolldown } from 'vite'

/**
 * Emits sw.js: the service worker in src/sw.js with the list of files that make up the client.
 * The list follows the imports of `entry`; its hash names the version.
 */
export function offline(entry: string, extra: string[]): Plugin {
  return {
    name: 'offline',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const shell = new Set<string>(['./', ...extra])
        const follow = (name: string): void => {
          const chunk = bundle[name] as Rolldown.OutputChunk | undefined
          if (!chunk || shell.has(name)) return
          shell.add(name)
          if (chunk.type !== 'chunk') return
          ;[...chunk.imports, ...chunk.dynamicImports].forEach(follow)
          chunk.viteMetadata?.importedCss.forEach((css) => shell.add(css))
          chunk.viteMetadata?.importedAssets.forEach((asset) => shell.add(asset))
        }
        const first = Object.values(bundle).find(
          (chunk) => chunk.type === 'chunk' && chunk.isEntry && chunk.name === entry,
        )
        follow(first!.fileName)
        for (const name of Object.keys(bundle)) if (name.endsWith('.css')) shell.add(name)
        const files = JSON.stringify([...shell].sort())
        const version = createHash('sha256').update(files).digest('hex').slice(0, 12)
        const source = readFileSync('src/sw.js', 'utf8')
          .replace('__SHELL__', files)
          .replace('__VERSION__', version)
        this.emitFile({ type: 'asset', fileName: 'sw.js', source })
      },
    },
  }
}
