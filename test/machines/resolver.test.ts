import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createResolver, type Node, type Resolver } from '../../src/machines/resolver.js';
import type { FilePath } from '../../src/model/file-path.js';
import { randomNumbers } from '../support/random.js';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function resolverOf(links: Record<string, string>, others: readonly string[] = []): Resolver {
  const nodes = new Map<string, Node>(Object.entries(links).map(([path, target]) => [path, link(target)]));
  for (const path of others) nodes.set(path, { type: 'file' });
  for (const path of nodes.keys()) {
    for (let at = dirname(path); at !== '/'; at = dirname(at)) if (!nodes.has(at)) nodes.set(at, { type: 'directory' });
  }
  return createResolver((path) => nodes.get(path));
}

function link(target: string): Node {
  return { type: 'symlink', target: target as FilePath };
}

const at = (path: string) => path as FilePath;

describe('createResolver', () => {
  it('follows a merged /usr and an alternative, and says which links it passed', () => {
    const resolve = resolverOf(
      { '/bin': 'usr/bin', '/usr/bin/awk': '/etc/alternatives/awk', '/etc/alternatives/awk': '/usr/bin/mawk' },
      ['/usr/bin/mawk'],
    );
    expect(resolve(at('/bin/awk'))).toEqual({
      path: '/usr/bin/mawk',
      links: [
        { path: '/bin', target: 'usr/bin' },
        { path: '/usr/bin/awk', target: '/etc/alternatives/awk' },
        { path: '/etc/alternatives/awk', target: '/usr/bin/mawk' },
      ],
      end: 'found',
    });
  });

  it('leaves the last link alone when it is the link that is asked for', () => {
    const resolve = resolverOf({ '/bin': 'usr/bin' }, ['/usr/bin/sh']);
    expect(resolve(at('/bin'), { followLast: false })).toEqual({ path: '/bin', links: [], end: 'found' });
    expect(resolve(at('/bin/'), { followLast: false }).path).toBe('/usr/bin');
  });

  it.each([
    ['/../../x', '/x', 'missing'],
    ['/out/y', '/y', 'missing'],
    ['/file/..', '/file/..', 'not-a-directory'],
    ['/file/', '/file/.', 'not-a-directory'],
    ['/nothing/below/it', '/nothing/below/it', 'missing'],
    ['/self', '/self', 'loop'],
    ['/', '/', 'found'],
  ])('resolves %s to %s (%s)', (path, expected, end) => {
    const resolve = resolverOf({ '/out': '../../..', '/self': 'self' }, ['/file']);
    expect(resolve(at(path))).toMatchObject({ path: expected, end });
  });

  it('follows 40 links and not one more', () => {
    const links = Object.fromEntries(Array.from({ length: 41 }, (_, n) => [`/l${n}`, n === 0 ? 'end' : `l${n - 1}`]));
    const resolve = resolverOf(links, ['/end']);
    expect(resolve(at('/l39')).end).toBe('found');
    expect(resolve(at('/l40')).end).toBe('loop');
  });

  const kernel = askKernel('/', ['/']) === undefined;
  it.skipIf(kernel)(
    'says what openat2 says with RESOLVE_IN_ROOT, on random trees (skipped without perl or openat2)',
    () => {
      for (let seed = 1; seed <= 40; seed++) {
        const random = randomNumbers(seed);
        const root = randomTree(random);
        const paths = Array.from({ length: 60 }, () => randomPath(random));
        const answers = askKernel(root, paths) ?? [];
        const resolve = createResolver((path) => onDisk(root + path));
        for (const [index, path] of paths.entries()) {
          for (const followLast of [true, false]) {
            const { path: found, end } = resolve(at(path), { followLast });
            const told = answers[index * 2 + (followLast ? 0 : 1)];
            expect(`${seed} ${path} ${end === 'found' ? found : end}`).toBe(`${seed} ${path} ${told}`);
          }
        }
      }
    },
  );
});

function onDisk(path: string): Node | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.isSymbolicLink()) return link(readlinkSync(path));
  return stats && { type: stats.isDirectory() ? 'directory' : 'file' };
}

const names = ['a', 'b', 'c', 'd'];

function randomTree(random: (below: number) => number): string {
  const root = mkdtempSync(join(tmpdir(), 'resolver-'));
  folders.push(root);
  for (let n = 0; n < 14; n++) {
    const path = join(root, ...Array.from({ length: 1 + random(3) }, () => names[random(4)] ?? 'a'));
    try {
      const kind = random(4);
      if (kind === 0) mkdirSync(path, { recursive: true });
      else mkdirSync(dirname(path), { recursive: true });
      if (kind === 1) writeFileSync(path, '');
      else if (kind > 1) symlinkSync(randomPath(random).slice(random(2)) || '.', path);
    } catch {
      // Something else is there already: the tree has one entry less.
    }
  }
  return root;
}

function randomPath(random: (below: number) => number): string {
  const part = () => (random(5) === 0 ? (random(2) ? '..' : '.') : (names[random(4)] ?? 'a'));
  const parts = Array.from({ length: 1 + random(4) }, part);
  return `/${parts.join('/')}${random(6) === 0 ? '/' : ''}`;
}

/** Each path followed and not followed: where it is below the root, or why not. */
function askKernel(root: string, paths: readonly string[]): string[] | undefined {
  const script = `
    opendir(my $d, $ARGV[0]) or exit 1; my $root = $ARGV[0]; my $fd = fileno($d);
    for my $path (split /\\n/, do { local $/; <STDIN> }) { for my $flags (0x200000, 0x220000) {
      my $how = pack("QQQ", $flags, 0, 0x10); my $name = "$path";
      my $got = syscall(437, $fd, $name, $how, 24);
      if ($got < 0) { exit 1 if $!{ENOSYS}; print $!{ENOENT} ? "missing" : $!{ELOOP} ? "loop" : "not-a-directory", "\\n"; next }
      my $real = readlink("/proc/self/fd/$got"); $real =~ s/^\\Q$root\\E//; print $real eq "" ? "/" : $real, "\\n";
      syscall(3, $got);
    } }`;
  const { status, stdout } = spawnSync('perl', ['-MErrno', '-e', script, root], { input: paths.join('\n') });
  return status === 0 ? stdout.toString().trim().split('\n') : undefined;
}
