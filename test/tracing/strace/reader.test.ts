import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { FilePath } from '../../../src/model/file-path.js';
import { evidence, usesIn } from '../../../src/tracing/path-record.js';
import type { RunRecord } from '../../../src/tracing/run-record.js';
import { readStraceLog } from '../../../src/tracing/strace/reader.js';

async function read(log: string, cwd = '/work'): Promise<RunRecord> {
  return readStraceLog(Readable.from([Buffer.from(log, 'latin1')]), cwd as FilePath);
}

function uses(run: RunRecord): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const [path, { bits }] of run.accesses.records) {
    const used = usesIn(bits).join(' ');
    if (used) shown[path] = used;
  }
  return shown;
}

function isNew(run: RunRecord, path: string): boolean {
  return ((run.accesses.records.get(path as FilePath)?.bits ?? 0) & evidence.missing) !== 0;
}

describe('readStraceLog', () => {
  it('makes relative paths absolute by the working directory that each process has', async () => {
    const run = await read(`1 execve("./a", ["./a"], 0x1 /* 1 var */) = 0
1 chdir("sub") = 0
1 vfork( <unfinished ...>
2 chdir("/else") = 0
2 execve("tool", ["tool", "x y"], 0x1 /* 1 var */ <unfinished ...>
1 <... vfork resumed>) = 2
2 <... execve resumed>) = 0
2 access("file", R_OK) = 0
1 access("file", R_OK) = -1 ENOENT (No such file or directory)
2 +++ exited with 3 +++
1 +++ killed by SIGTERM +++
`);
    expect(uses(run)).toEqual({
      '/work/a': 'executed',
      '/work/sub': 'entered',
      '/else': 'entered',
      '/else/tool': 'executed',
      '/else/file': 'examined',
      '/work/sub/file': 'absent',
    });
    expect(run.processes.list()).toEqual([
      { pid: 1, argv: ['./a'], executable: '/work/a', exit: { code: 143, signal: 'SIGTERM' } },
      { pid: 2, parent: 1, startedBy: [0, 1], argv: ['tool', 'x y'], executable: '/else/tool', exit: { code: 3 } },
    ]);
    expect([run.complete, run.unparsed, run.unfinished]).toEqual([true, 0, 0]);
  });

  it('waits for the call that names the parent when several processes fork at once', async () => {
    const run = await read(`1 execve("/a", ["a"], 0x1 /* 1 var */) = 0
1 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD) = 2
2 chdir("/two") = 0
1 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>
2 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>
4 unlink("x") = 0
1 <... clone resumed>) = 3
3 unlink("y") = 0
2 <... clone resumed>) = 4
`);
    expect(uses(run)).toMatchObject({ '/two/x': 'removed', '/work/y': 'removed' });
    expect(run.processes.list().map(({ pid, parent }) => [pid, parent])).toEqual([
      [1, undefined],
      [2, 1],
      [3, 1],
      [4, 2],
    ]);
  });

  it('shares the working directory among threads and follows an exec from one of them', async () => {
    const run = await read(`10 execve("/t", ["t"], 0x1 /* 1 var */) = 0
10 clone3({flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD, stack=0x1} => {parent_tid=[11]}, 88) = 11
11 chdir("/moved") = 0
10 access("seen", F_OK) = 0
11 execve("/bin/true", ["true", "x"], 0x1 /* 2 vars */ <pid changed to 10 ...>
10 +++ superseded by execve in pid 11 +++
10 <... execve resumed>) = -1 (errno 18446744073709551595)
10 access("late", F_OK) = 0
10 +++ exited with 0 +++
`);
    expect(uses(run)).toMatchObject({
      '/moved/seen': 'examined',
      '/bin/true': 'executed',
      '/moved/late': 'examined',
    });
    expect(run.processes.list()).toEqual([
      { pid: 10, argv: ['true', 'x'], earlier: [['t']], executable: '/bin/true', exit: { code: 0 } },
    ]);
    expect(run.unparsed).toBe(0);
  });

  it('knows which programs used a path, threads counted with their process', async () => {
    const run = await read(`1 execve("/bin/sh", ["sh"], 0x1 /* 1 var */) = 0
1 clone(child_stack=NULL, flags=SIGCHLD) = 2
2 access("/both", F_OK) = 0
2 clone3({flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD, stack=0x1} => {parent_tid=[3]}, 88) = 3
3 access("/thread", F_OK) = 0
1 access("/both", F_OK) = 0
1 access("/both", F_OK) = 0
2 execve("/bin/true", ["true"], 0x1 /* 1 var */) = 0
2 access("/second", F_OK) = 0
`);
    expect(Object.fromEntries(run.touched())).toEqual({
      '/bin/sh': [[0, 1]],
      '/both': [
        [1, 0],
        [0, 1],
      ],
      '/thread': [[1, 0]],
      '/second': [[1, 1]],
      '/bin/true': [[1, 1]],
    });
  });

  it('tells new files from changed ones', async () => {
    const run = await read(`1 execve("/a", ["a"], 0x1 /* 1 var */) = 0
1 openat(AT_FDCWD</work>, "excl", O_RDWR|O_CREAT|O_EXCL, 0600) = 3</work/excl>
1 access("probed", F_OK) = -1 ENOENT (No such file or directory)
1 openat(AT_FDCWD</work>, "probed", O_WRONLY|O_CREAT|O_TRUNC, 0644) = 3</work/probed>
1 openat(AT_FDCWD</work>, "old", O_RDONLY) = 3</work/old>
1 openat(AT_FDCWD</work>, "old", O_WRONLY|O_CREAT|O_TRUNC, 0644) = 3</work/old>
1 openat(AT_FDCWD</work>, "maybe", O_WRONLY|O_CREAT|O_TRUNC, 0644) = 3</work/maybe>
1 mkdir("made", 0755) = 0
1 openat(AT_FDCWD</work>, "made/in", O_WRONLY|O_CREAT, 0644) = 3</work/made/in>
1 unlink("made/in") = 0
1 mkdir("there", 0755) = -1 EEXIST (File exists)
1 openat(AT_FDCWD</work>, "denied", O_RDONLY) = -1 EACCES (Permission denied)
1 openat(AT_FDCWD</work>, ".", O_RDONLY|O_DIRECTORY) = 3</work>
1 openat(AT_FDCWD</work>, "only", O_RDONLY|O_PATH) = 3</work/only>
1 openat(AT_FDCWD</work>, "/tmp", O_RDWR|O_TMPFILE, 0600) = 7</tmp/#99>(deleted)
`);
    expect(uses(run)).toEqual({
      '/a': 'executed',
      '/work': 'listed',
      '/work/excl': 'read written created',
      '/work/probed': 'written created absent',
      '/work/old': 'read written',
      '/work/maybe': 'written',
      '/work/made': 'created',
      '/work/made/in': 'written created removed',
      '/work/there': 'examined',
      '/work/denied': 'examined',
      '/work/only': 'examined',
      '/tmp': 'examined',
    });
    expect(['excl', 'probed', 'made/in'].map((name) => isNew(run, `/work/${name}`))).toEqual([true, true, true]);
    expect(['old', 'maybe', 'there'].map((name) => isNew(run, `/work/${name}`))).toEqual([false, false, false]);
  });

  it('moves what lies below a renamed directory, and knows both ends', async () => {
    const run = await read(`1 execve("/a", ["a"], 0x1 /* 1 var */) = 0
1 mkdir("d", 0755) = 0
1 openat(AT_FDCWD</work>, "d/f", O_WRONLY|O_CREAT, 0644) = 3</work/d/f>
1 rename("d", "e") = 0
1 rename("d/gone", "x") = -1 ENOENT (No such file or directory)
1 renameat2(5</work>, "one", 5</work>, "two", RENAME_NOREPLACE) = 0
1 link("two", "three") = 0
1 linkat(AT_FDCWD</work>, "/proc/self/fd/4", AT_FDCWD</work>, "named", AT_SYMLINK_FOLLOW) = 0
1 symlink("two", "four") = 0
`);
    expect(uses(run)).toMatchObject({
      '/work/d': 'created removed',
      '/work/d/f': 'written created removed',
      '/work/e': 'written',
      '/work/e/f': 'written created',
      '/work/d/gone': 'absent',
      '/work/one': 'removed',
      '/work/two': 'read written created',
      '/work/three': 'written created',
      '/work/named': 'written created',
      '/work/four': 'created',
    });
  });

  it('names what the run connected to outside of it', async () => {
    const run = await read(`1 execve("/a", ["a"], 0x1 /* 1 var */) = 0
1 bind(4<socket:[1]>, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
1 connect(3<socket:[1]>, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
1 connect(3<socket:[1]>, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.7")}, 16) = -1 EINPROGRESS (Operation now in progress)
1 connect(3<socket:[1]>, {sa_family=AF_INET, sin_port=htons(0), sin_addr=inet_addr("192.0.2.9")}, 16) = 0
1 connect(3<socket:[1]>, {sa_family=AF_INET6, sin6_port=htons(53), sin6_flowinfo=htonl(0), inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=0}, 28) = 0
1 connect(3<socket:[1]>, {sa_family=AF_UNIX, sun_path="/var/run/nscd/socket"}, 110) = -1 ENOENT (No such file or directory)
1 connect(3<socket:[1]>, {sa_family=AF_UNIX, sun_path="/run/bus"}, 10) = 0
1 connect(3<socket:[1]>, {sa_family=AF_UNIX, sun_path=@"ab\\1s"}, 7) = 0
1 connect(3<socket:[1]>, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("127.0.0.1")}, 16) = -1 ECONNREFUSED (Connection refused)
`);
    expect(run.outsideConnections()).toEqual(['192.0.2.7:443', '[2001:db8::1]:53', 'unix:/run/bus', 'unix:@ab\u0001s']);
    expect(uses(run)).toMatchObject({ '/var/run/nscd/socket': 'absent', '/run/bus': 'examined' });
  });

  it('passes over what has no path', async () => {
    const run = await read(`1 execve("/a", ["a"], 0x1 /* 1 var */) = 0
1 execveat(3</memfd:x>(deleted), "", ["x"], 0x1 /* 1 var */, AT_EMPTY_PATH) = 0
1 newfstatat(3</work/f>, "", {st_mode=S_IFREG|0644, ...}, AT_EMPTY_PATH) = 0
1 openat(4</work/gone>(deleted), "x", O_RDONLY) = -1 ENOENT (No such file or directory)
1 openat(AT_FDCWD</work>, NULL, O_RDONLY) = -1 EFAULT (Bad address)
1 openat(AT_FDCWD</work>, "", O_RDONLY) = -1 ENOENT (No such file or directory)
1 access("", F_OK) = -1 ENOENT (No such file or directory)
1 openat(AT_FDCWD</work>, "kept", O_RDONLY) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)
1 chmod("x"..., 0600) = -1 ENOENT (No such file or directory)
1 openat(AT_FDCWD</work>, "/dev/ptmx", O_RDWR) = 5</dev/pts/ptmx>
1 fchown(6<pipe:[1]>, 0, 0) = 0
`);
    expect(uses(run)).toEqual({ '/a': 'executed', '/dev/ptmx': 'read written' });
  });

  it('counts what it cannot read and goes on', async () => {
    const run = await read(`1 execve("/a", ["a"], 0x1 /* 1 var */) = 0
garbage
1 openat(AT_FDCWD</work>, "cut
1 <... read resumed>) = 4
1 access("after", F_OK) = 0
1 openat(AT_FDCWD</work>, "never", O_RDONLY <unfinished ...>
1 +++ what is this +++
`);
    expect(run.unparsed).toBe(4);
    expect(run.unparsedExample).toBe('garbage');
    expect([run.unfinished, run.complete]).toEqual([1, false]);
    expect(uses(run)).toMatchObject({ '/work/after': 'examined' });
  });

  it('reads lines across chunk borders, and a last one without its end', async () => {
    const log = '1 execve("/a", ["a"], 0x1 /* 1 var */) = 0\n1 access("b\\377c", F_OK) = 0\n1 +++ exited with 7 +++';
    const bytes = [...Buffer.from(log, 'latin1')].map((byte) => Buffer.from([byte]));
    const run = await readStraceLog(Readable.from(bytes), '/work' as FilePath);
    expect(uses(run)).toMatchObject({ '/work/b\u00ffc': 'examined' });
    expect(run.processes.rootExit).toEqual({ code: 7 });
  });

  it('counts the processes that outlive the command', async () => {
    const run = await read(`1 execve("/a", ["a"], 0x1 /* 1 var */) = 0
1 fork() = 2
1 +++ exited with 0 +++
2 access("/late", F_OK) = 0
2 +++ exited with 0 +++
`);
    expect(run.outlived).toBe(1);
    expect(uses(run)).toMatchObject({ '/late': 'examined' });
  });
});
