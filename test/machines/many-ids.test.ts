import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localMachine } from '../../src/machines/local.js';
import { idsProgram } from '../../src/machines/rootfs/index.js';
import { needs } from '../support/needs.js';
import { must, run } from '../support/run.js';

beforeEach(needs({ root: true, programs: ['cc', 'setpriv', '/usr/bin/python3'] }));

const host = await localMachine();
const oneId = ['unshare', '--user', '--map-root-user', '--'];
let folder: string;
let program: string;
beforeEach(async (context) => {
  if ((await run([...oneId, 'true'])).code !== 0) context.skip('no user namespaces here');
  program = await idsProgram(host);
  folder = mkdtempSync(join(tmpdir(), 'many-ids-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }));

/** What a script says and leaves as root, and as root of one id who plays many. */
async function both(script: string, words: readonly string[] = []): Promise<readonly [string, string]> {
  const said: string[] = [];
  for (const [at, prefix] of [[], [...oneId, program, 'run', '--']].entries()) {
    const cwd = join(folder, `${at}`);
    mkdirSync(cwd);
    const { stdout, stderr, code } = await run([...prefix, 'sh', '-c', `umask 022\n${script}`, 'sh', ...words], {
      cwd,
    });
    said.push(`${stdout}${stderr}${code}`.replaceAll(cwd, '.'));
  }
  return [said[0] ?? '', said[1] ?? ''];
}

const show = 'show() { stat -c "%n %u:%g %a" "$@"; }\n';
const as33 = 'setpriv --reuid 33 --regid 44 --groups 100,101';

describe('root of one id who plays many', () => {
  it.each([
    [
      'gives files away, whose set-uid bits go',
      'touch a; chmod 6755 a; chown 5:7 a; show a; chmod 2745 a; chgrp 8 a; show a',
    ],
    ['gives links away, and what they lead to', 'touch a; ln -s a l; chown -h 9:9 l; show l a; chown 1:2 l; show l a'],
    [
      'knows what a process has open by the names of that',
      'touch a; chown 5 a; stat -Lc %u /dev/stdin < a; chown 7 /dev/stdin < a; show a; chown -h 0 /proc/self/fd/0 < a 2> e || echo no; show a',
    ],
    ['knows a file by all of its names', 'touch a; chown 5 a; ln a b; mv a c; show b c; rm c; show b'],
    [
      'does not take a new file for one that had its number',
      'for i in 1 2 3 4 5 6 7 8; do touch a; show a; chown 7 a; rm a; done',
    ],
    [
      'makes what is in a set-gid folder of its group',
      'mkdir s; chgrp 50 s; chmod 2775 s; cd s; touch f; mkdir d; mkfifo p; ln -s x l; touch d/g; show f d p l d/g',
    ],
    [
      'copies with owners',
      'touch a; chown 3:4 a; cp -a a b; show b; install -o 5 -g 6 -m 4750 a c; show c; tar cf - . | tar -tv --numeric-owner | cut -c1-20',
    ],
    [
      'is another user, with what that makes',
      `mkdir -m 777 w; ${as33} sh -c 'id; umask 027; echo x > w/x; mkdir w/d; ln -s t w/l; stat -c "%n %u:%g %a" w/*'`,
    ],
    [
      'is nobody else any more then',
      `mkdir -m 777 w; ${as33} sh -c 'touch w/x; chown 5 w/x; chgrp 100 w/x; chgrp 7 w/x; setpriv --reuid 0 true; stat -c "%u:%g" w/x'`,
    ],
    [
      'is who a process was that has ended',
      `mkdir -m 777 w; ${as33} sh -c '(sleep 0.2; id -u > w/late; stat -c "%u:%g" w/late > w/done) &'; sleep 1; cat w/late w/done`,
    ],
    [
      'runs set-uid programs as their owners',
      `cp "$(command -v id)" own; chown 77:78 own; chmod 6755 own; ./own; ${as33} ./own; printf '#!/bin/sh\\nid -u' > script; chown 9 script; chmod 4755 script; ./script`,
    ],
    [
      'keeps rights where it says so, and else loses them',
      `chmod 777 .; setpriv --reuid 33 --inh-caps -all sh -c 'touch a; chown 5 a'; ${as33} grep -c . /proc/self/status > n; setpriv --reuid 33 --clear-groups --regid 7 id -G`,
    ],
  ])('%s', async (_title, script) => {
    const [root, played] = await both(show + script);
    expect(played).toBe(root);
    expect(root).not.toBe('127');
  });

  it('answers a static program call by call as the kernel does, also in threads and after vfork', async () => {
    const calls = join(folder, 'calls');
    await must(['cc', '-static', '-o', calls, fileURLToPath(import.meta.resolve('../fixtures/ids/calls.c'))]);
    const [root, played] = await both('mkdir w; chmod 777 . w; "$1" > said; cat said', [calls]);
    expect(played).toBe(root);
    expect(root.split('\n').length).toBeGreaterThan(40);
  });

  it.skipIf(process.arch !== 'x64')('answers 32-bit calls as the kernel does', async () => {
    const calls = join(folder, 'calls');
    await must(['cc', '-o', calls, fileURLToPath(import.meta.resolve('../fixtures/ids/calls-32.c'))]);
    const [root, played] = await both('chmod 777 .; "$1"', [calls]);
    expect(played).toBe(root);
    expect(root).toContain('70000:5');
  });

  it('ends as its command ends, and holds no pipe open', async () => {
    const ended = async (script: string) => run([...oneId, program, 'run', '--', 'sh', '-c', script]);
    expect((await ended('exit 7')).code).toBe(7);
    expect((await ended('kill -9 $$')).signal).toBe('SIGKILL');
    expect((await run([...oneId, program, 'run', '--', '/none'])).code).toBe(127);
  });
});

describe('the owners of a tree', () => {
  let tree: string;
  beforeEach(() => {
    tree = join(folder, 'tree');
    mkdirSync(join(tree, 'srv'), { recursive: true });
  });
  // Who answered the last command may be writing yet.
  afterEach(async () => {
    await must([...oneId, program, 'settle', tree]);
  });

  const command = (script: string) => [
    ...oneId,
    program,
    'run',
    '--tree',
    tree,
    '--',
    'sh',
    '-ec',
    `cd "$0"; ${script}`,
    tree,
  ];
  const inTree = (script: string) => must(command(script));
  const settled = async () => {
    await must([...oneId, program, 'settle', tree]);
    return readFileSync(`${tree}.owners`, 'utf8').trim().split('\n').filter(Boolean).sort();
  };

  it('are told to the next command, and written down by paths whatever these are', async () => {
    await inTree(`touch srv/a 'srv/"q" \\' "$(printf 'srv/\\377\\nb')"; chown 5:6 srv/*; chown 7 srv`);
    const lines = await settled();
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      ['/srv', 7, 0],
      ['/srv/"q" \\', 5, 6],
      ['/srv/a', 5, 6],
      ['/srv/\xff\nb', 5, 6],
    ]);
    expect(await inTree('stat -c %u:%g srv/*')).toBe('5:6\n'.repeat(3));
  });

  it('move with their files, and go with them', async () => {
    await inTree('touch a b; chown 5 a b');
    await inTree('mv a srv/c; rm b; touch b; stat -c %u srv/c b');
    expect(await settled()).toEqual(['["/srv/c",5,0]']);
  });

  it('are not lost where a command is killed', async () => {
    const [name = '', ...words] = command('touch a; chown 5:6 a; echo done; sleep 100');
    const child = spawn(name, words, { stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    await once(child.stdout, 'data');
    const beside = (await must(['pgrep', '-f', `run --tree ${tree} `])).trim().split('\n').map(Number);
    for (const pid of [...beside, child.pid ?? 0]) process.kill(pid, 'SIGKILL');
    process.kill(-(child.pid ?? 0), 'SIGKILL');
    await once(child, 'exit');
    expect(statSync(`${tree}.owners.since`).size).toBeGreaterThan(0);
    expect(await inTree('stat -c %u:%g a')).toBe('5:6\n');
    expect(await settled()).toEqual(['["/a",5,6]']);
  });

  it('are seen by commands at work at once, and all kept', async () => {
    const wait = (file: string) => `for i in $(seq 200); do [ -e ${file} ] && break; sleep 0.05; done`;
    const first = inTree(`touch a; chown 1 a; ${wait('b-done')}; stat -c %u b; chown 3 c`);
    const second = inTree(`${wait('a')}; sleep 0.3; touch b c; chown 2 b c; stat -c %u a; touch b-done`);
    expect([await first, await second]).toEqual(['2\n', '1\n']);
    expect(await settled()).toEqual(['["/a",1,0]', '["/b",2,0]', '["/c",3,0]']);
  });

  it('have capabilities until the file changes hands', async () => {
    writeFileSync(join(tree, 'a'), '');
    writeFileSync(join(tree, 'b'), '');
    writeFileSync(`${tree}.owners`, '["/a",0,0,"\\u0001x"]\n["/b",0,0,"\\u0001x"]\n');
    await inTree('touch c; chown 5 c b');
    expect(await settled()).toEqual(['["/a",0,0,"\\u0001x"]', '["/b",5,0]', '["/c",5,0]']);
  });
});
