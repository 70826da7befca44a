import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { capture } from '../../../src/capture/capture.js';
import { sha256 } from '../../../src/hash.js';
import type { Access, ProgramOfRun, TracedProcess } from '../../../src/model/access.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { readSpecification } from '../../../src/spec/read.js';
import { formatWhy } from '../../../src/spec/why/format-why.js';
import { chainOf } from '../../../src/spec/why/programs.js';
import { explainWhy } from '../../../src/spec/why/why.js';
import { access, accessThrough, type FixtureRoot, fixtureRoot, traceOf } from '../../capture/fixture-root.js';

let root: FixtureRoot;
let output: string;

const stanza = (name: string, more = '') =>
  `Package: ${name}\nStatus: install ok installed\nPriority: optional\nArchitecture: amd64\nVersion: 1.0\nMaintainer: A <a@example.org>\n${more}Description: d\n\n`;

beforeEach(async () => {
  root = await fixtureRoot();
  output = join(root.folder, '..', 'environment.yml');
  const status = [
    stanza('hello', 'Essential: yes\n'),
    stanza('tool', 'Depends: libone (>= 0.5), hello\n'),
    stanza('libone', 'Depends: libtwo\n'),
    stanza('libtwo'),
    stanza('libc-bin'),
  ];
  await root.file('/var/lib/dpkg/status', status.join(''));
  await root.file('/var/lib/dpkg/info/tool.list', '/.\n/usr/bin/tool\n/usr/share/tool\n/usr/share/tool/rest\n');
  for (const name of ['libone', 'libtwo', 'libc-bin']) await root.file(`/var/lib/dpkg/info/${name}.list`, '/.\n');
  await root.file('/usr/bin/tool', 'tool', 0o755);
  await root.file('/usr/share/tool/rest', 'rest');
  await root.file('/etc/ld.so.cache', 'cache');
  await root.file('/home/ada/work/data.csv', '1,2\n');
  await root.file('/home/ada/.ssh/id_rsa', 'secret', 0o600);
});
afterEach(async () => {
  await root[Symbol.asyncDispose]();
});

const processes: TracedProcess[] = [
  { pid: 10, argv: ['tool', '--all', 'data.csv'], earlier: [['./run.sh']] },
  { pid: 11, parent: 10, argv: ['hello', 'a b'], startedBy: [0, 1] },
  { pid: 12, parent: 10, argv: ['./run.sh'], startedBy: [0, 1] },
];

async function traced(used: readonly (readonly [Access, ...ProgramOfRun[]])[]) {
  const touched = new Map(used.map(([{ path }, ...by]) => [path, by]));
  const trace = {
    ...traceOf(
      used.map(([each]) => each),
      { processes },
    ),
    touched,
  };
  await capture({ traces: [trace], machine: root.machine, output, options: { repack: 'none' } });
}

async function why(what: string, folder = '/home/ada/work'): Promise<string> {
  return formatWhy(await explainWhy(await readSpecification(output), what, folder as FilePath));
}

describe('why', () => {
  beforeEach(() =>
    traced([
      [accessThrough('/bin/tool', '/usr/bin/tool', 'read', 'executed'), [0, 2]],
      [access('/usr/bin/hello', 'executed'), [1, 1]],
      [access('/home/ada/work/data.csv', 'read'), [0, 2], [2, 0]],
      [access('/etc/ld.so.cache', 'read'), [1, 1]],
      [access('/usr/lib/none.so', 'absent'), [1, 1]],
      [access('/home/ada/.ssh/id_rsa', 'read'), [1, 1]],
    ]),
  );

  it('tells of a path its package, which program used it, and what that came from', async () => {
    expect(await why('/usr/bin/tool')).toBe(`/usr/bin/tool
  is         owned: of the package tool, as it brought it.
  used       read, executed as /bin/tool, in the run hello
  by         tool --all data.csv
               executed by ./run.sh  (the traced command)
  package    tool 1.0 (debian), used
`);
  });

  it('tells of a package that nothing used by what chain it is needed, from a file that was used', async () => {
    expect(await why('libtwo')).toBe(`libtwo 1.0 (debian)
  is         needed, not used.
  because    tool needs libone needs libtwo
             tool is used: /bin/tool (read, executed)
  by         tool --all data.csv
               executed by ./run.sh  (the traced command)
  origin     unknown: where it can be had is not known.
`);
  });

  it('tells of a package that every system has, and is used', async () => {
    const text = await why('debian:hello');
    expect(text).toContain("  by         hello 'a b'\n               started by ./run.sh  (the traced command)\n");
    expect(text).toContain('  needed     by tool\n             and by every system of its kind: it is essential\n');
  });

  it('tells the rule of what is generated or left out, and what becomes of the rest', async () => {
    expect(await why('/etc/ld.so.cache')).toContain(
      'is         generated: ldconfig lists the libraries that are installed (rule linker-cache).\n  create     makes it again.\n',
    );
    expect(await why('../.ssh/id_rsa', '/home/ada/work')).toContain(
      'is         left out: a key or the known hosts of ssh (rule ssh-key).\n  kept       it is neither carried nor hashed.\n',
    );
    expect(await why('data.csv')).toContain(
      'is         loose: no package has it.\n  kept       it is input data of the run hello, named by its hash.\n',
    );
    expect(await why('/usr/lib/none.so')).toContain('is         absent: it was looked for and was not there;');
  });

  it('takes the end of a path, and one that leads there through links', async () => {
    expect(await why('tool', '/')).toContain('tool 1.0 (debian)');
    expect(await why('ld.so.cache', '/')).toMatch(/^\/etc\/ld\.so\.cache\n/);
    expect(await why('/bin/hello')).toMatch(
      /^\/bin\/hello\n {2}leads to {3}\/usr\/bin\/hello\n {2}is {9}owned: of the package hello/,
    );
  });

  it('says what else to ask for where there is nothing to tell', async () => {
    await expect(why('/usr/share/tool/rest')).rejects.toThrow('because a package of the environment brings it');
    await expect(why('nothing')).rejects.toThrow('the spec has no package "nothing"');
    await expect(why('libtow')).rejects.toMatchObject({ remedy: 'did you mean libtwo?' });
    await expect(why('two')).rejects.toMatchObject({ remedy: 'did you mean libtwo?' });
    await expect(why('tool=2.0')).rejects.toThrow('the spec has tool 1.0, not tool=2.0');
    await expect(why('/proc/cpuinfo')).rejects.toThrow('/proc/cpuinfo is in no spec: made by the running kernel');
  });

  it.each(['tool', 'tool=1.0', 'tool==1.0', 'tool-1.0', 'tool:amd64', 'debian:tool', 'TOOL', 'debian:Tool@1.0'])(
    'knows a package as %s',
    async (name) => {
      expect(await why(name)).toMatch(/^tool 1\.0 \(debian\)\n/);
    },
  );

  it('tells of a folder that no run used itself what of it was used, what no package has first', async () => {
    expect(await why('/usr/')).toBe(`/usr
  is         a folder that no run used itself; of what is in it: 1 path used.
  packages   hello 1.0 (debian), 1 path used
  such as    /usr/bin/hello
`);
    expect(await why('/home/ada')).toContain(
      '  such as    /home/ada/.ssh/id_rsa\n             /home/ada/work/data.csv\n',
    );
  });

  it('tells of a kind of packages which of them were used', async () => {
    expect(await why('debian')).toBe(`debian
  is         a kind of packages: 3 used, 5 with all that they need.
  packages   hello 1.0 (debian), 1 path used
             libc-bin 1.0 (debian), 1 path used
             tool 1.0 (debian), 1 path used
`);
  });

  it('takes the last folders of a path too, and one that goes up on the way', async () => {
    expect(await why('work/data.csv', '/')).toMatch(/^\/home\/ada\/work\/data\.csv\n/);
    expect(await why('../work/data.csv')).toMatch(/^\/home\/ada\/work\/data\.csv\n/);
  });
});

it('tells where a loose file is from, and what manages it', async () => {
  const sum = `${sha256('1,2\n')}  data.csv\n`;
  await root.file('/home/ada/work/SHA256SUMS', sum);
  await root.file('/etc/app.conf', '# Ansible managed\n');
  const accesses = ['/home/ada/work/data.csv', '/etc/app.conf'].map((path) => access(path, 'read'));
  await capture({ traces: [traceOf(accesses)], machine: root.machine, output, options: { repack: 'none' } });
  expect(await why('data.csv')).toContain('  origin     its SHA-256 is the one in /home/ada/work/SHA256SUMS.\n');
  expect(await why('/etc/app.conf')).toContain('  origin     managed by ansible.\n');
});

it('tells which step makes a path', async () => {
  await root.file('/opt/tool.sh', '#!/bin/sh\n', 0o755);
  const made = { ...access('/opt/tool.sh', 'written', 'created'), before: 'absent' } as const;
  const options = { repack: 'none', install: true } as const;
  await capture({
    traces: [traceOf([access('/usr/bin/tool', 'executed'), made])],
    machine: root.machine,
    output,
    options,
  });
  expect(await why('/opt/tool.sh')).toContain('  kept       the step hello makes it.\n');
});

it('tells of a spec without runs what each path is, and of one without dependencies that they are not known', async () => {
  const accesses = [access('/usr/bin/tool', 'read', 'executed')];
  await capture({ traces: [], paths: accesses, machine: root.machine, output, options: { repack: 'none' } });
  expect(await why('/usr/bin/tool')).toContain('  used       asked for\n  package    tool 1.0 (debian), used\n');
});

describe('chainOf', () => {
  it('follows execs and starts up to the traced command, and takes a copy for what it is a copy of', () => {
    expect(chainOf({ processes }, [0, 2])).toEqual([
      { argv: ['tool', '--all', 'data.csv'], how: 'executed' },
      { argv: ['./run.sh'], how: 'traced' },
    ]);
    expect(chainOf({ processes }, [2, 0])).toEqual([{ argv: ['./run.sh'], how: 'traced' }]);
    expect(chainOf({ processes }, [9, 1])).toEqual([]);
  });

  it('has the command line of a process that was followed when it ran already', () => {
    const attached = [{ pid: 1, argv: ['server'] }];
    expect(chainOf({ processes: attached }, [0, 0])).toEqual([{ argv: ['server'], how: 'traced' }]);
  });
});

it('keeps secrets of earlier command lines out', async () => {
  const earlier = [['curl', `https://user:${'hunter2secret'}@example.org/x`]];
  const trace = traceOf([access('/usr/bin/tool', 'executed')], { processes: [{ pid: 1, argv: ['tool'], earlier }] });
  await capture({ traces: [trace], machine: root.machine, output, options: { repack: 'none' } });
  const recorded = await (await readSpecification(output)).trace('hello');
  expect(recorded?.processes[0]?.earlier?.[0]?.[0]).toBe('curl');
  expect(JSON.stringify(recorded)).not.toContain('hunter2secret');
});
