import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { ReproError } from '../../src/errors.js';
import type { Machine } from '../../src/machines/machine.js';
import { chooseMapping, type IdMapping, insideMapping } from '../../src/machines/rootfs/id-mapping.js';
import { removeTree, unpackTree } from '../../src/machines/rootfs/index.js';
import { type FilePath, pathFromText, pathToBytes } from '../../src/model/file-path.js';
import { stage } from '../../src/model/progress.js';
import type { Effect, Resource } from '../../src/model/resource.js';
import type { BackendContext, BootstrapContext } from '../backend.js';
import { chosenPlace, makeFolder, refuseForeign } from '../own-folder.js';
import { runOn } from '../run-on.js';
import { renderDefinition } from './definition.js';
import { type SingularityDetails, type SingularityParameters, singularityDetailsSchema } from './parameters.js';
import { findTool, runTool, type Tool } from './tool.js';

export function detailsOf(resource: Resource): SingularityDetails {
  return singularityDetailsSchema.parse(resource.details);
}

/** What programs run in: the tree that is customized, then the image that is made of it. */
export function imageOf({ folder, form, image, building }: SingularityDetails): string {
  if (building) return treeOf(folder);
  return image ?? join(folder, form === 'sif' ? 'environment.sif' : 'environment');
}

function treeOf(folder: string): string {
  return join(folder, 'tree');
}

/** What makes an ordinary user the root of the image. */
export function fakeroot({ kind }: IdMapping): boolean {
  return kind === 'subordinate';
}

export async function bootstrap(
  base: Readable,
  {
    host,
    folder,
    parameters,
    record,
    progress,
  }: Pick<BootstrapContext<SingularityParameters>, 'host' | 'folder' | 'parameters' | 'record' | 'progress'>,
): Promise<SingularityDetails> {
  const { form, nv } = parameters;
  const image = parameters.image === undefined ? undefined : chosenPlace(host, 'image', parameters.image);
  const mapping = await chooseMapping(host);
  await refuseForeign(host, folder);
  if (image !== undefined) await refusePresent(host, image);
  const token = randomUUID();
  await record({ kind: 'tree', id: folder, at: JSON.stringify(mapping), token });
  await makeFolder(host, folder, token);
  await stage(progress, 'unpack', () => unpackTree(base, treeOf(folder), mapping, host));
  await makeStartable(host, treeOf(folder), mapping);
  return { folder, mapping, form, ...(image !== undefined && { image }), nv, token, building: true };
}

/** Every image has this script, and no instance starts without it: it lets the engine's own process go on. */
const startScript = '#!/bin/sh\nkill -CONT 1\nexec sleep 2147483647\n';

async function makeStartable(host: Machine, tree: string, mapping: IdMapping): Promise<void> {
  const script =
    'cd -- "$1" && rm -rf .singularity.d && mkdir -p .singularity.d/actions && cd .singularity.d/actions && ' +
    'cat > start && chmod 0755 start';
  const input = Buffer.from(startScript);
  await runOn(host, [...insideMapping(mapping), 'sh', '-c', script, 'sh', tree], { input });
}

/** Builds the image of the customized tree, by the definition file that stays beside it, and removes the tree. */
export async function commit(resource: Resource, context: BackendContext): Promise<SingularityDetails> {
  const details = detailsOf(resource);
  if (!details.building) return details;
  const { folder, mapping, image, token } = details;
  const { host, progress, signal, record, templates } = context;
  const definition = pathToBytes((await renderDefinition(resource, token, templates)) as FilePath);
  await runOn(host, ['tee', '--', join(folder, 'environment.def')], { input: definition });
  await runOn(host, ['mkdir', '-p', '--', join(folder, 'tmp')]);
  const built = imageOf({ ...details, image: undefined, building: false });
  const tool = await findTool(host);
  const options = { cwd: pathFromText(folder), ...(signal && { signal }) };
  await stage(progress, 'pack', () => runTool(host, tool, folder, buildArguments(tool, details, built), options));
  for (const part of ['tree', 'tmp', 'cache', 'config']) await removeTree(join(folder, part), mapping, host);
  if (image !== undefined) {
    await refusePresent(host, image);
    await record({ kind: 'image', id: image, token });
    await runOn(host, ['mv', '--no-clobber', '--', built, image]);
  }
  return { ...details, building: false };
}

/** Compression as quick as it gets: a tenth of the time for a tenth more of space. */
export function buildArguments(
  { maker }: Pick<Tool, 'maker'>,
  { form, mapping }: Pick<SingularityDetails, 'form' | 'mapping'>,
  target: string,
): string[] {
  const quick = maker === 'apptainer' ? ['--mksquashfs-args', '-Xcompression-level 1'] : [];
  return [
    ...['--silent', 'build', ...(fakeroot(mapping) ? ['--fakeroot'] : [])],
    ...(form === 'sif' ? quick : ['--sandbox']),
    ...[target, 'environment.def'],
  ];
}

async function refusePresent(host: Machine, image: string): Promise<void> {
  if (!(await host.files.lstat(pathFromText(image)))) return;
  throw new ReproError('usage', 'there is a file of this name already, which is not replaced', {
    where: image,
    remedy: 'choose another with -b image=FILE.sif, or remove it',
  });
}

/** Removes the SIF that the user has a name for, if it is the one that was made: its definition is at its beginning. */
export async function removeImage({ id, token }: Effect, host: Machine): Promise<void> {
  if (token === undefined || !(await host.files.lstat(pathFromText(id)))) return;
  const { stdout } = await runOn(host, ['head', '-c', '65536', '--', id]);
  if (stdout.includes(token)) await runOn(host, ['rm', '-f', '--', id]);
}
