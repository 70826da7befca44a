import type Docker from 'dockerode';
import { z } from 'zod';
import { containerScratch } from '../../src/machines/engine/container.js';
import { type FilePath, parentPath, pathFromText, pathToBytes } from '../../src/model/file-path.js';
import type { HostFile } from '../../src/model/host-file.js';
import type { DockerDetails } from './parameters.js';

/** What a container is told to show of the host: https://docs.docker.com/reference/api/engine/, `HostConfig`. */
export function shownFrom(files: readonly HostFile[]): Pick<Docker.HostConfig, 'Mounts' | 'Devices'> {
  const mounted = files.filter(({ type }) => type !== 'device');
  const devices = files.filter(({ type }) => type === 'device');
  return {
    Mounts: mounted.map(({ source, target }) => ({
      Type: 'bind',
      Source: textOf(source),
      Target: textOf(target),
      ReadOnly: true,
    })),
    Devices: devices.map(({ source, target }) => ({
      PathOnHost: textOf(source),
      PathInContainer: textOf(target),
      CgroupPermissions: 'rwm',
    })),
  };
}

/** Another machine's engine has that machine's files. */
export function onOwnEngine(
  { engine }: DockerDetails,
  files: readonly HostFile[],
  warn?: (message: string) => void,
): readonly HostFile[] {
  if (files.length === 0 || engine.startsWith('unix:')) return files;
  warn?.(`Nothing of this machine is shown in the container, for its engine is at ${engine}.`);
  return [];
}

/** Whether the container was made to show these files and no others. */
export function isAsShown({ HostConfig: made }: Docker.ContainerInspectInfo, files: readonly HostFile[]): boolean {
  const named = ({ Mounts, Devices }: Pick<Docker.HostConfig, 'Mounts' | 'Devices'>) => [
    ...(Mounts ?? []).map(({ Source, Target }) => [Source, Target]),
    ...((Devices ?? []) as readonly Docker.DeviceMapping[]).map((each) => [each.PathOnHost, each.PathInContainer]),
  ];
  return JSON.stringify(named(made)) === JSON.stringify(named(shownFrom(files)));
}

/** Where there are none the engine says `null`, and the client gives its words. */
const changesSchema = z.union([
  z.array(z.object({ Path: z.string(), Kind: z.int() })),
  z.instanceof(Buffer).transform(() => []),
]);

interface Changes {
  /** Made by the engine, to mount on. */
  readonly mountPoints: ReadonlySet<FilePath>;
  /** Whether programs changed nothing in it. */
  readonly isUntouched: boolean;
}

/** What is other in a container than in its image, as the engine tells it (`Kind` 0: changed, 1: added, 2: removed). */
export async function changesOf(container: Docker.Container): Promise<Changes> {
  const { Mounts: mounts } = await container.inspect();
  const ways = new Set<FilePath>();
  for (const place of [containerScratch, ...mounts.map(({ Destination }) => Destination)])
    for (let at = pathFromText(place); at !== '/'; at = parentPath(at)) ways.add(at);
  const changes = changesSchema.parse(await container.changes());
  const mountPoints = new Set<FilePath>();
  let isUntouched = true;
  for (const { Path, Kind } of changes) {
    const path = pathFromText(Path);
    if (Kind === 1 && ways.has(path)) mountPoints.add(path);
    else if (Kind !== 0 || !ways.has(path)) isUntouched = false;
  }
  return { mountPoints, isUntouched };
}

function textOf(path: FilePath): string {
  return pathToBytes(path).toString('utf8');
}
