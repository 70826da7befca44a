import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { directoryMachine } from '../../src/machines/directory.js';
import type { Machine } from '../../src/machines/machine.js';
import type { Access, Trace, Use } from '../../src/model/access.js';
import { pathFromText } from '../../src/model/file-path.js';

/** A folder that is a small Debian system with one package, for captures without root or network. */
export interface FixtureRoot extends AsyncDisposable {
  readonly folder: string;
  readonly machine: Machine;
  file(path: string, content: string | Uint8Array, mode?: number): Promise<void>;
  link(path: string, target: string): Promise<void>;
}

export async function fixtureRoot(): Promise<FixtureRoot> {
  const base = await mkdtemp(join(tmpdir(), 'reproman-capture-'));
  const folder = join(base, 'root');
  const { file, link } = writersIn(folder);
  await file('/etc/os-release', 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n');
  await file('/etc/debian_version', '12.0\n');
  await file('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nada:x:1000:1000:Ada:/home/ada:/bin/sh\n');
  await file('/etc/group', 'root:x:0:\nada:x:1000:\n');
  await file('/var/lib/dpkg/arch', 'amd64\n');
  await file(
    '/var/lib/dpkg/status',
    'Package: hello\nStatus: install ok installed\nEssential: yes\nPriority: required\nArchitecture: amd64\nVersion: 2.10-3\nMaintainer: A <a@example.org>\nDescription: greets\n\n',
  );
  await file('/var/lib/dpkg/info/hello.list', '/.\n/usr\n/usr/bin\n/usr/bin/hello\n');
  await file('/var/lib/dpkg/info/hello.md5sums', '5d41402abc4b2a76b9719d911017c592  usr/bin/hello\n');
  await file('/usr/bin/hello', 'hello', 0o755);
  for (const name of ['bin', 'sbin', 'lib']) await link(`/${name}`, `usr/${name}`);
  await file('/usr/lib/os-release', '');
  await file('/usr/sbin/nologin', '');
  const machine = await directoryMachine(folder);
  return {
    folder,
    machine,
    file,
    link,
    async [Symbol.asyncDispose]() {
      await machine[Symbol.asyncDispose]();
      await rm(base, { recursive: true, force: true });
    },
  };
}

/** Puts files and links into a root, with the folders that they are in. */
export function writersIn(folder: string): Pick<FixtureRoot, 'file' | 'link'> {
  return {
    async file(path, content, mode = 0o644) {
      await mkdir(dirname(folder + path), { recursive: true });
      await writeFile(folder + path, content);
      await chmod(folder + path, mode);
    },
    async link(path, target) {
      await mkdir(dirname(folder + path), { recursive: true });
      await symlink(target, folder + path);
    },
  };
}

export function access(path: string, ...uses: Use[]): Access {
  return { path: pathFromText(path), uses };
}

/** Of a path that led elsewhere. */
export function accessThrough(path: string, resolved: string, ...uses: Use[]): Access {
  return { ...access(path, ...uses), resolved: pathFromText(resolved) };
}

/** A trace as a tracer would give it, of a command in /home/ada/work. */
export function traceOf(
  accesses: readonly Access[],
  changes: Partial<Trace['conditions']> & { processes?: Trace['processes'] } = {},
): Trace {
  const { processes = [], ...conditions } = changes;
  return {
    tracer: { name: 'strace', version: '6.1' },
    conditions: {
      argv: ['hello', '--world'],
      cwd: pathFromText('/home/ada/work'),
      environment: { PATH: '/usr/bin', HOME: '/home/ada' },
      umask: 0o22,
      limits: {},
      user: { uid: 1000, gid: 1000, groups: [] },
      streams: { stdin: { kind: 'null' }, stdout: { kind: 'pipe' }, stderr: { kind: 'terminal' } },
      started: '2026-01-31T12:00:00Z',
      seconds: 1.5,
      ...conditions,
    },
    exit: { code: 0 },
    accesses: [...accesses].sort((a, b) => (a.path < b.path ? -1 : 1)),
    processes,
    connections: [],
    notes: [],
  };
}
