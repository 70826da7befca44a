import { type FilePath, pathFromText } from '../model/file-path.js';
import type { ContainerPlatform } from '../model/platform.js';

const [docker, podman, apptainer, mounts] = [
  '/.dockerenv',
  '/run/.containerenv',
  '/.singularity.d/labels.json',
  '/proc/self/mountinfo',
].map(pathFromText) as [FilePath, FilePath, FilePath, FilePath];

/** What engines leave in a container, which tells that it is one. */
export const containerSigns: readonly FilePath[] = [docker, podman, apptainer, mounts];

/** The container that a machine is, as far as its engine says so inside of it; undefined where it is none. */
export function insideContainer(
  signs: ReadonlyMap<FilePath, Buffer>,
  environment: Readonly<Record<string, string | undefined>> = {},
): ContainerPlatform | undefined {
  const file = environment['APPTAINER_CONTAINER'] ?? environment['SINGULARITY_CONTAINER'];
  const labels = signs.get(apptainer);
  if (file || labels) return described('apptainer', { image: file ?? sourceOf(labels) });
  const told = signs.get(podman);
  if (told) return podmanContainer(told.toString('utf8'));
  if (signs.has(docker)) return described('docker', { id: idAmongMounts(signs.get(mounts)) });
  return undefined;
}

/** `key="value"` lines: https://docs.podman.io/en/latest/markdown/podman-run.1.html */
function podmanContainer(text: string): ContainerPlatform {
  const value = (key: string) => new RegExp(`^${key}="([^"]+)"`, 'm').exec(text)?.[1];
  const [image, imageId, id] = [value('image'), value('imageid'), value('id')];
  return described('podman', {
    image: image === undefined ? undefined : [image, imageId].filter(Boolean).join('@'),
    id,
  });
}

/** What the image was made from. */
function sourceOf(labels: Buffer | undefined): string | undefined {
  return /"org\.label-schema\.usage\.(?:apptainer|singularity)\.deffile\.from":\s*"([^"]+)"/.exec(String(labels))?.[1];
}

/** The engine mounts the container's hosts file from a folder with its id. */
function idAmongMounts(mountInfo: Buffer | undefined): string | undefined {
  return /\/containers\/([0-9a-f]{64})\/(?:hostname|hosts|resolv\.conf) /.exec(String(mountInfo))?.[1];
}

function described(
  engine: string,
  { image, id }: { readonly image?: string | undefined; readonly id?: string | undefined },
): ContainerPlatform {
  return { engine, ...(image === undefined ? {} : { image }), ...(id === undefined ? {} : { id }) };
}
