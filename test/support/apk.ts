import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, lutimesSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { tarEnd, tarHeader, tarPadding } from '../../src/filesystem/tar-writer.js';

/** What a package of a root for tests is made of. */
export interface ApkSource {
  readonly name: string;
  readonly version: string;
  readonly depends?: string;
  readonly provides?: string;
  /** With what it comes by itself. */
  readonly installIf?: string;
  /** By path: content, a folder (`/`), or a link (`-> target`). Content that begins with `#!` is executable. */
  readonly files: Readonly<Record<string, string>>;
  /** Files of the machine, by the path that they are to have. */
  readonly copies?: Readonly<Record<string, string>>;
  readonly script?: string;
}

const date = 1_700_000_000;

/**
 * A root as `apk --root` leaves it, with its database byte for byte as apk writes it (apk_db_write): no machine of ours
 * has an apk to ask.
 */
export function writeApkRoot(root: string, sources: readonly ApkSource[], world: readonly string[]): void {
  const blocks: string[] = [];
  const scripts: Buffer[] = [];
  for (const source of sources) {
    const { name, version, depends, provides, files, copies = {}, script } = source;
    for (const [path, content] of Object.entries(files)) writeEntry(join(root, path), content);
    for (const [path, from] of Object.entries(copies)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      cpSync(from, join(root, path));
      chmodSync(join(root, path), 0o755);
    }
    const checksum = `Q1${createHash('sha1').update(`${name}-${version}`).digest('base64')}`;
    blocks.push(
      [
        ...[`C:${checksum}`, `P:${name}`, `V:${version}`, 'A:x86_64', 'S:1000', 'I:4096', `T:${name} for tests`],
        ...['U:https://example.org/', 'L:MIT', `o:${name}`, 'm:Nobody <nobody@example.org>', `t:${date}`],
        ...['c:0123456789012345678901234567890123456789', ...(depends ? [`D:${depends}`] : [])],
        ...(provides ? [`p:${provides}`] : []),
        ...listing(root, source),
      ].join('\n'),
    );
    if (script === undefined) continue;
    const content = Buffer.from(script);
    const member = `${name}-${version}.${checksum}.post-install`;
    scripts.push(
      tarHeader({ name: member, type: 'file', mode: 0o755, uid: 0, gid: 0, size: content.length, mtime: 0 }),
    );
    scripts.push(content, tarPadding(content.length));
  }
  const database: Readonly<Record<string, string | Buffer>> = {
    '/lib/apk/db/installed': blocks.map((block) => `${block}\n\n`).join(''),
    '/lib/apk/db/scripts.tar': Buffer.concat([...scripts, tarEnd()]),
    '/lib/apk/db/triggers': '',
    '/lib/apk/db/lock': '',
    '/etc/apk/world': world.map((word) => `${word}\n`).join(''),
    '/etc/apk/arch': 'x86_64\n',
    '/etc/apk/repositories': 'https://user:planted-canary@example.org/alpine/v3.20/main\n#https://example.org/edge\n',
  };
  for (const [path, content] of Object.entries(database)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

/** `F:` for each folder, and below it `R:` with `a:` and `Z:` for each file. */
function listing(root: string, { files, copies = {} }: ApkSource): string[] {
  const byFolder = new Map<string, string[]>([['', []]]);
  const own = (folder: string): string[] => {
    const known = byFolder.get(folder) ?? [];
    byFolder.set(folder, known);
    return known;
  };
  const parentOf = (path: string) => path.slice(1, Math.max(1, path.lastIndexOf('/')));
  for (const [path, content] of [...Object.entries(files), ...Object.entries(copies)].sort()) {
    for (let at = parentOf(path); at !== ''; at = parentOf(`/${at}`)) own(at);
    if (content === '/') own(path.slice(1));
    else own(parentOf(path)).push(path);
  }
  return [...byFolder].sort().flatMap(([folder, paths]) => [
    `F:${folder}`,
    ...(folder === 'tmp' ? ['M:0:0:1777'] : []),
    ...paths.flatMap((path) => {
      const content = files[path] ?? '';
      const isLink = content.startsWith('-> ');
      const sum = createHash('sha1')
        .update(isLink ? content.slice(3) : contentOf(root, path))
        .digest('base64');
      const mode = isLink ? 'a:0:0:777' : content.startsWith('#!') || copies[path] ? 'a:0:0:755' : undefined;
      return [`R:${path.slice(path.lastIndexOf('/') + 1)}`, ...(mode ? [mode] : []), `Z:Q1${sum}`];
    }),
  ]);
}

function contentOf(root: string, path: string): Buffer {
  return execFileSync('cat', [join(root, path)], { maxBuffer: 1 << 28 });
}

function writeEntry(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true });
  if (content === '/') mkdirSync(path, { recursive: true });
  else if (content.startsWith('-> ')) symlinkSync(content.slice(3), path);
  else {
    writeFileSync(path, content);
    if (content.startsWith('#!')) chmodSync(path, 0o755);
  }
  if (content !== '/') lutimesSync(path, date, date);
}

/** A small whole system: folders, accounts, a release, programs of BusyBox with the links that its trigger makes. */
export function writeApkSystem(root: string): void {
  const sources = apkSystem();
  writeApkRoot(root, sources, ['alpine-baselayout', 'alpine-release', 'busybox', 'greeter>1', 'spare']);
  for (const applet of applets()) {
    const path = join(root, applet);
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync('/bin/busybox', path);
    lutimesSync(path, date, date);
  }
  chmodSync(join(root, 'tmp'), 0o1777);
  chmodSync(join(root, 'etc/shadow'), 0o640);
}

function busyboxHere(): string {
  return execFileSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).trim();
}

/** What the trigger of busybox makes links of. */
function applets(): string[] {
  const all = execFileSync(busyboxHere(), ['--list-full'], { encoding: 'utf8' }).split('\n').filter(Boolean);
  return all.filter((each) => !/^(?:bin\/)?(?:sh|busybox)$|linuxrc/.test(each));
}

/** The packages of that system. */
export function apkSystem(): ApkSource[] {
  const busybox = busyboxHere();
  const folders = ['/dev', '/etc', '/home', '/lib', '/proc', '/root', '/run', '/sbin', '/srv', '/sys', '/tmp'];
  const others = ['/usr/bin', '/usr/sbin', '/usr/lib', '/var/lib', '/var/log', '/var/tmp'];
  return [
    {
      name: 'alpine-baselayout-data',
      version: '3.6.5-r0',
      files: {
        '/etc/passwd': 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n',
        '/etc/group': 'root:x:0:root\nnobody:x:65534:\n',
        '/etc/shadow': 'root:*::0:::::\nnobody:!::0:::::\n',
        '/etc/profile': 'umask 022\n',
      },
    },
    {
      name: 'alpine-baselayout',
      version: '3.6.5-r0',
      depends: 'alpine-baselayout-data=3.6.5-r0 /bin/sh',
      files: Object.fromEntries([...folders, ...others].map((path) => [path, '/'])),
    },
    {
      name: 'alpine-release',
      version: '3.20.3-r0',
      files: { '/usr/lib/os-release': 'ID=alpine\nVERSION_ID=3.20.3\n', '/etc/os-release': '-> ../usr/lib/os-release' },
    },
    {
      name: 'busybox',
      version: '1.36.1-r29',
      provides: 'cmd:busybox=1.36.1-r29',
      files: { '/etc/busybox-paths.d/busybox': `${applets().join('\n')}\n` },
      copies: { '/bin/busybox': busybox },
      script: '#!/bin/busybox sh\nexec /bin/busybox --install -s\n',
    },
    {
      name: 'busybox-binsh',
      version: '1.36.1-r29',
      depends: 'busybox=1.36.1-r29',
      provides: '/bin/sh cmd:sh=1.36.1-r29',
      files: { '/bin/sh': '-> /bin/busybox' },
    },
    {
      name: 'greeter',
      version: '1.0_rc2-r1',
      depends: 'so:libgreet.so.1 /bin/sh !old-greeter',
      files: {
        '/usr/bin/greet': '#!/bin/sh\necho "$(cat /etc/greeting), $(cat /usr/lib/libgreet.so.1)"\n',
        '/etc/greeting': 'hello\n',
      },
    },
    {
      name: 'libgreet',
      version: '1.2-r0',
      provides: 'so:libgreet.so.1=1.2.0',
      files: { '/usr/lib/libgreet.so.1': 'world\n' },
    },
    { name: 'spare', version: '1-r0', files: { '/usr/lib/spare': 'not needed\n' } },
  ];
}
