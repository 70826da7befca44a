import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Machine } from '../../src/machines/machine.js';
import { packTree, removeTree } from '../../src/machines/rootfs/index.js';
import type { Resource } from '../../src/model/resource.js';
import { runOn } from '../run-on.js';
import { thenRemove } from '../then-remove.js';
import { detailsOf, fakeroot, imageOf } from './build.js';
import type { SingularityDetails } from './parameters.js';
import { findTool, runTool } from './tool.js';
import { newWork } from './work.js';

/** The files of an image, or of the folder that it is made of, at rest. */
export async function exportTree(resource: Resource, host: Machine, signal?: AbortSignal): Promise<Readable> {
  const details = detailsOf(resource);
  if (details.building || details.form === 'sandbox') return packTree(imageOf(details), details.mapping, host);
  return exportSif(details, host, signal);
}

/** A SIF is unpacked for the purpose: only so are the owners in it seen. */
export async function exportSif(details: SingularityDetails, host: Machine, signal?: AbortSignal): Promise<Readable> {
  const { mapping, folder } = details;
  const tool = await findTool(host);
  const work = await newWork(folder, tool, mapping, host);
  const tree = join(work, 'tree');
  const remove = () => removeTree(work, mapping, host);
  try {
    await runOn(host, ['mkdir', '-p', '--', join(work, 'tmp')]);
    const asRoot = fakeroot(mapping) ? ['--fakeroot'] : [];
    const build = ['--silent', 'build', ...asRoot, '--sandbox', tree, imageOf(details)];
    await runTool(host, tool, work, build, signal ? { signal } : {});
  } catch (error) {
    await remove();
    throw error;
  }
  return thenRemove(packTree(tree, mapping, host), remove);
}
