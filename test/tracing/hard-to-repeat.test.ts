import { describe, expect, it } from 'vitest';
import type { Access, Use } from '../../src/model/access.js';
import { pathFromText } from '../../src/model/file-path.js';
import { hardToRepeat } from '../../src/tracing/hard-to-repeat.js';

interface Given {
  readonly drawing?: readonly string[];
  readonly pids?: readonly number[];
  readonly use?: Use;
}

function notesOf(
  paths: readonly (string | readonly [string, string])[],
  { drawing = [], pids = [], use = 'read' }: Given = {},
) {
  const accesses = paths.map((path): Access => {
    const [asked, resolved] = typeof path === 'string' ? [path] : path;
    return { path: pathFromText(asked ?? ''), uses: [use], ...(resolved ? { resolved: pathFromText(resolved) } : {}) };
  });
  return hardToRepeat({ accesses, drawing: drawing.map(pathFromText), processes: pids.map((pid) => ({ pid })) });
}

describe('hardToRepeat', () => {
  it('says nothing of a run that reads files', () => {
    const paths = [
      '/etc/hosts',
      '/dev/null',
      '/dev/pts/3',
      '/dev/shm/x',
      '/proc/self/maps',
      '/proc/filesystems',
      '/sys/fs/selinux',
    ];
    expect(notesOf(paths)).toEqual([]);
  });

  it('says once where random numbers came from, and which programs asked for them', () => {
    expect(notesOf(['/dev/urandom'], { drawing: ['/usr/bin/python3', '/usr/bin/node'] })).toEqual([
      'Hard to repeat: random numbers (drawn by python3, drawn by node, /dev/urandom); what depends on them differs in every run.',
    ]);
  });

  it.each([
    ['/dev/nvidia0', 'a graphics processor'],
    ['/dev/dri/renderD128', 'a graphics processor'],
    ['/usr/lib/x86_64-linux-gnu/glibc-hwcaps/x86-64-v3/libz.so.1', 'libraries built for this kind of CPU'],
    ['/opt/conda/lib/libmkl_core.so.2', 'libraries that compute by'],
    ['/proc/cpuinfo', 'what hardware this is'],
    ['/sys/devices/system/cpu/online', 'what hardware this is'],
    ['/proc/uptime', 'the state of the machine'],
    ['/sys/fs/cgroup/memory.max', 'the state of the machine'],
    ['/proc/1/stat', 'other processes of the machine'],
    ['/dev/ttyUSB0', 'devices'],
  ])('says of %s that it is %s', (path, kind) => {
    expect(notesOf([path])).toEqual([expect.stringContaining(`Hard to repeat: ${kind}`)]);
  });

  it('knows a library by where a link leads', () => {
    const library = '/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblasp-r0.3.21.so';
    expect(notesOf([['/lib/x86_64-linux-gnu/libblas.so.3', library]])).toEqual([
      expect.stringContaining('(libopenblasp-r0.3.21.so)'),
    ]);
  });

  it('takes what is only looked at, and the processes of the run itself, for nothing', () => {
    expect(notesOf(['/dev/nvidia0', '/proc/cpuinfo'], { use: 'examined' })).toEqual([]);
    expect(notesOf(['/dev/nvidia0'], { use: 'absent' })).toEqual([]);
    expect(notesOf(['/proc/77/stat', ['/proc/self/stat', '/proc/77/stat']], { pids: [77] })).toEqual([]);
  });

  it('names a few of many', () => {
    expect(notesOf(['a', 'b', 'c', 'd', 'e'].map((name) => `/sys/class/${name}`))).toEqual([
      'Hard to repeat: what hardware this is (/sys/class/a, /sys/class/b, /sys/class/c and 2 more); other hardware answers otherwise.',
    ]);
  });
});
