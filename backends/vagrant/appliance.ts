import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ReproError } from '../../src/errors.js';
import type { FormatTarget } from '../../src/machines/formats/format.js';
import { chooseMapping, insideMapping } from '../../src/machines/rootfs/id-mapping.js';
import { unpackTree } from '../../src/machines/rootfs/index.js';
import { feed, streamFrom } from '../../src/machines/tar-command.js';
import { type FilePath, pathFromText, pathToBytes } from '../../src/model/file-path.js';
import type { Resource } from '../../src/model/resource.js';
import { shellCommand, shellWord } from '../../src/templates/quoting.js';
import { fill, openTemplates, type Templates } from '../../src/templates/templates.js';
import { runOn } from '../run-on.js';
import { type Kernel, makeDisk, packagesToBoot } from './disk.js';

/** What becomes one file in the end; all of it lies in the folder for the work. */
export interface Appliance {
  /** A raw disk. */
  readonly disk: string;
  readonly gibibytes: number;
}

/** The tree as it came, compressed: a file system keeps it well, but needs rights to be read. */
export const treeFile = 'environment.tar.zst';

/** Room for what programs write: the disk takes only what is in use. */
const gibibytes = 20;

/**
 * A disk that boots a system of the base with the environment in a folder of it, entered by the command `environment`,
 * and the tree in a file beside that.
 */
export async function makeAppliance(
  tree: Readable,
  kernel: Kernel,
  { here, folder, base, resource, ...target }: Pick<FormatTarget, 'here' | 'folder' | 'base' | 'resource' | 'system'>,
): Promise<Appliance> {
  const { shell } = here;
  if (!shell) throw new ReproError('not-ready', `nothing can be run on ${here.label}`);
  const kept = join(folder, treeFile);
  await feed(await shell.spawn(['zstd', '-q', '-o', kept], { stdout: 'ignore' }), tree, 'Keeping the tree');
  const [system, disk] = [join(folder, 'system'), join(folder, 'disk.raw')];
  const mapping = await chooseMapping(here);
  await using bootable = await target.system(packagesToBoot(base, kernel));
  await bootable.build((tar) => unpackTree(tar, system, mapping, here));
  const again = streamFrom(
    () => shell.spawn(['zstd', '-dcq', '--', kept], { stdin: 'ignore' }),
    undefined,
    'Reading it',
  );
  await unpackTree(again, join(system, 'environment'), mapping, here);
  const launcher = join(system, 'usr/local/bin/environment');
  const inside = insideMapping(mapping);
  await runOn(here, [...inside, 'tee', '--', launcher], { input: await renderLauncher(resource) });
  await runOn(here, [...inside, 'chmod', '0755', '--', launcher]);
  await makeDisk({ here, tree: system, mapping, file: disk, gibibytes });
  return { disk, gibibytes };
}

/** The command in the machine that enters the environment, as the traced one ran. */
export async function renderLauncher(
  { run }: Pick<Resource, 'run'>,
  templates: Templates = openTemplates(),
): Promise<Buffer> {
  const { command = ['/bin/sh'], cwd, environment, user } = run;
  const groups = user.groups.length > 0 ? ['--groups', user.groups.join(',')] : ['--clear-groups'];
  const text = fill(await templates.read('vagrant/environment.sh'), {
    command: shellCommand(command.map(pathFromText)),
    environment: shellCommand(Object.entries(environment).map(([name, value]) => pathFromText(`${name}=${value}`))),
    uid: String(user.uid),
    gid: String(user.gid),
    groups: shellCommand(groups),
    folder: shellWord(cwd),
  });
  return pathToBytes(text as FilePath);
}
