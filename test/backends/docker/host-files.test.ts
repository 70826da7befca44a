import type Docker from 'dockerode';
import { expect, it, vi } from 'vitest';
import { changesOf, isAsShown, onOwnEngine, shownFrom } from '../../../backends/docker/host-files.js';
import { pathFromText } from '../../../src/model/file-path.js';
import type { HostFile } from '../../../src/model/host-file.js';

const library = hostFile('/usr/lib64/libcuda.so.550.54', '/usr/lib/libcuda.so.1', 'file');
const device = hostFile('/dev/nvidia0', '/dev/nvidia0', 'device');

function hostFile(source: string, target: string, type: HostFile['type']): HostFile {
  return { source: pathFromText(source), target: pathFromText(target), type };
}

it('mounts files read-only, gives devices, and knows a container that was made with others', () => {
  const shown = shownFrom([library, device]);
  expect(shown.Mounts).toEqual([{ Type: 'bind', Source: library.source, Target: library.target, ReadOnly: true }]);
  expect(shown.Devices).toMatchObject([{ PathOnHost: '/dev/nvidia0', PathInContainer: '/dev/nvidia0' }]);
  const made = { HostConfig: shown } as Docker.ContainerInspectInfo;
  expect(isAsShown(made, [library, device])).toBe(true);
  expect(isAsShown(made, [library])).toBe(false);
  expect(isAsShown({ HostConfig: {} } as Docker.ContainerInspectInfo, [])).toBe(true);
});

it('tells what the engine made to mount on from what programs changed', async () => {
  const changes = (...Paths: [string, number][]) =>
    changesOf({
      inspect: async () => ({ Mounts: [{ Destination: '/opt/mpi/libmpi.so.40' }] }),
      changes: async () => Paths.map(([Path, Kind]) => ({ Path, Kind })),
    } as unknown as Docker.Container);
  const made: [string, number][] = [
    ['/opt', 0],
    ['/opt/mpi', 1],
    ['/opt/mpi/libmpi.so.40', 1],
    ['/run', 0],
    ['/run/reproman', 1],
  ];
  const alone = await changes(...made);
  expect(alone.isUntouched).toBe(true);
  expect(alone.mountPoints).toContain('/opt/mpi/libmpi.so.40');
  expect(alone.mountPoints).not.toContain('/opt');
  expect((await changes(...made, ['/opt/mpi/own', 1])).isUntouched).toBe(false);
  expect((await changes(['/opt/mpi', 2])).isUntouched).toBe(false);
});

it('takes the words that the client gives for no changes as none', async () => {
  const container = { inspect: async () => ({ Mounts: [] }), changes: async () => Buffer.from('null\n') };
  expect((await changesOf(container as unknown as Docker.Container)).isUntouched).toBe(true);
});

it("shows nothing of this machine in another one's container, and says so", () => {
  const details = { token: '', inventory: '', image: '', base: '', container: '', epoch: 0, tool: '' };
  const warn = vi.fn();
  expect(onOwnEngine({ ...details, engine: 'tcp://elsewhere:2375' }, [library], warn)).toEqual([]);
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('tcp://elsewhere:2375'));
  expect(onOwnEngine({ ...details, engine: 'unix:///var/run/docker.sock' }, [library])).toEqual([library]);
});
