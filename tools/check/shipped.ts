import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { specifiersOf } from '../workspace.ts'
import { inPairs, run, together, tool } from './run.ts'
import type { Ran } from './run.ts'
import type { Shipment } from './tarballs.ts'

/** publint and Are-the-types-wrong on the very files that would be uploaded. */
export async function lintTarballs({ tarballs }: Shipment): Promise<Ran> {
  const jobs = tarballs.flatMap(({ file }) => [
    () => tool('publint', ['run', file, '--strict']),
    () => tool('attw', [file, '--profile', 'esm-only', '--no-definitely-typed', '--format', 'ascii']),
  ])
  return together(await inPairs(jobs, (job) => job()))
}

/** A user's project that imports every subpath, checked by both compilers with the declarations of libraries read in full. */
export async function declarations({ packages, full }: Shipment): Promise<Ran> {
  const specifiers = packages.flatMap(specifiersOf)
  const lines = specifiers.flatMap((specifier, index) => [
    `import * as module${index} from '${specifier}'`,
    `export const names${index}: string[] = Object.keys(module${index})`,
  ])
  await writeFile(join(full, 'everything.ts'), `${lines.join('\n')}\n`)
  await writeFile(join(full, 'package.json'), '{ "type": "module" }')
  await writeFile(join(full, 'tsconfig.json'), JSON.stringify({
    compilerOptions: {
      target: 'es2024',
      lib: ['es2024', 'esnext.disposable', 'dom', 'dom.iterable'],
      module: 'nodenext',
      types: ['node'],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      skipDefaultLibCheck: true,
      noEmit: true,
    },
    files: ['everything.ts'],
  }))
  const compilers = ['tsc6', 'tsc']
  return together(await inPairs(compilers, (compiler) => tool(compiler, ['-p', join(full, 'tsconfig.json'), '--pretty', 'false'])))
}

/**
 * Loads what ships under the Node that runs this, and under CHECK_NODE. First the front doors where no optional peer is installed, then every subpath
 * where all are, and `require()` of the same, which Node has for ES modules since 22.12.
 */
export async function imports({ packages, bare, full }: Shipment): Promise<Ran> {
  const doors = packages.map(({ json }) => json.name)
  const subpaths = packages.flatMap(specifiersOf)
  const load = attempt('import', 'await import(name)')
  const need = attempt('require', 'require(name)')
  const verdicts: Ran[] = []
  for (const binary of nodes()) {
    const node = (code: string, kind: string, names: readonly string[], cwd: string): Promise<Ran> =>
      run(binary, ['--disable-warning=ExperimentalWarning', `--input-type=${kind}`, '--eval', code, ...names], cwd)
    verdicts.push(await node(load, 'module', doors, bare), await node(load, 'module', subpaths, full), await node(need, 'commonjs', subpaths, full))
  }
  return together(verdicts)
}

/** A program that loads every name that it is given, and tells of each that fails or gives nothing. */
function attempt(verb: string, expression: string): string {
  return `for (const name of process.argv.slice(1)) {
    try {
      if (Object.keys(${expression}).length === 0) throw new Error('exports nothing')
    } catch (error) {
      console.error('Node', process.version, '${verb}', name + ':', error.code ?? '', error.message)
      process.exitCode = 1
    }
  }`
}

/** The Node that runs this, and the one that CHECK_NODE names: the oldest that `engines` promises, where somebody has it. */
function nodes(): readonly string[] {
  const other = process.env['CHECK_NODE']
  return other === undefined || other === '' ? [process.execPath] : [process.execPath, other]
}
