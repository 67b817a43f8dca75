import { existsSync, rmSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, realpath, rename, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { root, workspacePackages } from '../workspace.ts'
import type { WorkspacePackage } from '../workspace.ts'
import { inPairs, pnpm, run } from './run.ts'

export interface Tarball {
  readonly package: WorkspacePackage
  readonly file: string
}

/** The packages as a user gets them. */
export interface Shipment extends Disposable {
  readonly packages: readonly WorkspacePackage[]
  readonly tarballs: readonly Tarball[]
  /** A folder whose node_modules holds the unpacked tarballs and their dependencies, and nothing that a user would have to bring. */
  readonly bare: string
  /** The same, with every optional peer there. */
  readonly full: string
}

let shipment: Promise<Shipment> | undefined

/** The workspace's packages, packed and unpacked once per run for all the stages that look at what ships. */
export function shipped(): Promise<Shipment> {
  shipment ??= ship(workspacePackages()).then((made) => {
    process.once('exit', () => made[Symbol.dispose]())
    return made
  })
  return shipment
}

/** Packs, and unpacks as an installer would. Disposing of it removes its folders. */
export async function ship(packages: readonly WorkspacePackage[]): Promise<Shipment> {
  const unbuilt = packages.filter(({ folder }) => !existsSync(join(folder, 'dist')))
  if (unbuilt.length > 0) throw new Error(`${unbuilt.map(({ name }) => name).join(', ')}: there is no dist/ to pack. Run the stage \`build\` first.`)
  // Resolved, because Node tells modules apart by their real paths.
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'distrokit-')))
  const dispose = (): void => rmSync(folder, { recursive: true, force: true })
  const [bare, full] = [join(folder, 'bare'), join(folder, 'full')]
  try {
    const tarballs = await inPairs(packages, async (one) => ({ package: one, file: await pack(one, join(folder, 'packed', one.name)) }))
    for (const place of [bare, full]) {
      for (const tarball of tarballs) await unpack(tarball, place)
      for (const one of packages) await link(one, place, Object.keys(one.json.dependencies ?? {}))
    }
    for (const one of packages) await link(one, full, Object.keys(one.json.peerDependencies ?? {}))
    await linkTo(join(full, 'node_modules/@types/node'), join(root, 'node_modules/@types/node'))
    return { packages, tarballs, bare, full, [Symbol.dispose]: dispose }
  } catch (error) {
    dispose()
    throw error
  }
}

async function pack(one: WorkspacePackage, destination: string): Promise<string> {
  await mkdir(destination, { recursive: true })
  const { ok, output } = await pnpm(['pack', '--pack-destination', destination], one.folder)
  const file = (await readdir(destination)).find((name) => name.endsWith('.tgz'))
  if (!ok || file === undefined) throw new Error(`packing ${one.name} failed\n${output}`)
  return join(destination, file)
}

async function unpack({ package: { json }, file }: Tarball, place: string): Promise<void> {
  const target = join(place, 'node_modules', json.name)
  const aside = join(place, 'unpacking', basename(file))
  await mkdir(aside, { recursive: true })
  await mkdir(dirname(target), { recursive: true })
  const { ok, output } = await run('tar', ['-xzf', file, '-C', aside])
  if (!ok) throw new Error(`unpacking ${file} failed\n${output}`)
  await rename(join(aside, 'package'), target)
  await rm(join(place, 'unpacking'), { recursive: true })
}

/** Links what an installer would put beside the package; its neighbours of this workspace lie there unpacked already. */
async function link({ folder, json }: WorkspacePackage, place: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    if (name.startsWith('@distrokit/')) continue
    const installed = join(folder, 'node_modules', name)
    if (!existsSync(installed)) {
      throw new Error(`${json.name} declares '${name}', and it is not installed in ${folder}: ` +
        'an optional peer is a devDependency as well, so that tests can use it')
    }
    await linkTo(join(place, 'node_modules', json.name, 'node_modules', name), installed)
  }
}

async function linkTo(path: string, target: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await symlink(await realpath(target), path)
}
