import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { localMachine } from '../../src/machines/local.js';
import { idsProgram } from '../../src/machines/rootfs/index.js';
import { needs } from '../support/needs.js';
import { must, run } from '../support/run.js';

beforeEach(needs({ root: true, programs: ['cc', 'setpriv', 'pgrep'] }));

const host = await localMachine();
const oneId = ['unshare', '--user', '--map-root-user', '--mount', '--'];
let folder: string;
let tree: string;
let program: string;
const started: ChildProcess[] = [];
beforeEach(async (context) => {
  if ((await run([...oneId, 'true'])).code !== 0) context.skip('no user namespaces here');
  program = await idsProgram(host);
  folder = mkdtempSync(join(tmpdir(), 'owners-kept-'));
  tree = join(folder, 'tree');
  mkdirSync(tree);
});
afterEach(async () => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  await left();
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
});

const command = (script: string) => [...oneId, program, 'run', '--tree', tree, '--', 'sh', '-ec', script];
const inTree = async (script: string) => must(command(`cd ${tree}; ${script}`));
const settle = () => run([...oneId, program, 'settle', tree]);
const written = () => readFileSync(`${tree}.owners`, 'utf8').split('\n').filter(Boolean).sort();
const answering = async () =>
  (await run(['pgrep', '-f', `run --tree ${tree} `])).stdout.split('\n').filter(Boolean).map(Number);

/** Until those who answered commands have written all down. */
async function left(): Promise<void> {
  while ((await answering()).length > 0) await sleep(20);
}

/** Stays in the tree when it has done its work, until its standard input ends. */
async function stays(script: string): Promise<ChildProcess> {
  const [name = '', ...words] = command(`cd ${tree}; ${script}; echo done; read end || true`);
  const child = spawn(name, words, { stdio: ['pipe', 'pipe', 'inherit'] });
  started.push(child);
  await once(child.stdout ?? child, 'data');
  return child;
}

/** All of it at once, who answers, too. */
async function killed(script: string): Promise<void> {
  const child = await stays(script);
  for (const pid of [...(await answering()), child.pid ?? 0]) {
    if (existsSync(`/proc/${pid}`)) process.kill(pid, 'SIGKILL');
  }
  await left();
}

describe('the owners of a tree, as they are written down', () => {
  it('are not those of one that was deleted and made again meanwhile', async () => {
    const child = await stays('touch a; chown 5 a');
    rmSync(folder, { recursive: true });
    mkdirSync(tree, { recursive: true });
    writeFileSync(join(tree, 'b'), '');
    writeFileSync(`${tree}.owners`, '["/b",7,7]\n');
    child.stdin?.end();
    await left();
    expect(written()).toEqual(['["/b",7,7]']);
  });

  it('are as they were changed last, by whoever ends in between', async () => {
    const child = await stays('touch a; chown 5 a');
    const [name = '', ...words] = [...oneId, program, 'settle', tree];
    const settling = spawn(name, words, { stdio: 'inherit' });
    started.push(settling);
    await sleep(300);
    settling.kill('SIGSTOP');
    child.stdin?.end();
    await left();
    await inTree('chown 7 a');
    await left();
    settling.kill('SIGCONT');
    expect((await once(settling, 'exit'))[0]).toBe(0);
    expect(written()).toEqual(['["/a",7,0]']);
  });

  it('are of the files that had the paths before, also where a command is killed or at work', async () => {
    await inTree('touch a c; chown 5:6 a c');
    await settle();
    const child = await stays('mv a b; touch a');
    expect(await inTree('stat -c %u a b')).toBe('0\n5\n');
    child.stdin?.end();
    await left();
    await killed('mv c d; touch c');
    expect(await inTree('stat -c %u c d')).toBe('0\n5\n');
    await settle();
    expect(written()).toEqual(['["/b",5,6]', '["/d",5,6]']);
  });

  it('are written down without what was left of a time when that was broken off', async () => {
    writeFileSync(`${tree}.owners.4711.part`, '');
    await inTree('touch a; chown 5 a');
    await left();
    expect(written()).toEqual(['["/a",5,0]']);
    expect(readdirSync(folder).sort()).toEqual(['tree', 'tree.owners', 'tree.owners.since']);
  });

  it('have the capabilities of files that were moved', async () => {
    writeFileSync(join(tree, 'a'), '');
    writeFileSync(`${tree}.owners`, '["/a",0,0,"\\u0001x"]\n');
    await inTree('mv a b; touch a');
    await left();
    expect(written()).toEqual(['["/b",0,0,"\\u0001x"]']);
  });

  it('lie in a file of the usual mode, whatever the last mask was', async () => {
    await inTree('chmod 777 .; umask 0; setpriv --reuid 33 --clear-groups touch a');
    await left();
    expect(statSync(`${tree}.owners`).mode & 0o777).toBe(0o644);
  });

  it('stay as notes where the tree cannot be read as a whole, and who asked for them is told', async () => {
    const few = ['prlimit', '--nofile=20:20'];
    await must([...few, ...command(`cd ${tree}; mkdir -p ${'a/'.repeat(30)}; chown 5 ${'a/'.repeat(30)}`)]);
    await left();
    const told = await run([...few, ...oneId, program, 'settle', tree]);
    expect([told.code, told.stderr]).toEqual([125, expect.stringContaining('tree.owners is not written anew')]);
    expect((await settle()).code).toBe(0);
    expect(written()).toEqual([`["${'/a'.repeat(30)}",5,0]`]);
  });

  it('are told where nothing can be written', async () => {
    await inTree('touch a; chown 5:6 a');
    await left();
    const readOnly = 'mount --bind "$0" "$0"; mount -o remount,bind,ro "$0"; exec "$@"';
    const asked = [program, 'run', '--tree', tree, '--', 'stat', '-c', '%u:%g', join(tree, 'a')];
    const told = await run([...oneId, 'sh', '-ec', readOnly, folder, ...asked]);
    expect(told).toMatchObject({ stdout: '5:6\n', stderr: '', code: 0 });
  });

  it('are given where they can be kept alone, and all that were given are kept, when the disk is full in between', async () => {
    const script = `
      mount -t tmpfs -o size=64k none "$0"; cd "$0"; mkdir tree
      "$1" run --tree tree -- sh -c '
        for i in $(seq 120); do touch tree/$i; done
        chown 1 tree/1; cat /dev/zero > filler 2> /dev/null
        for i in $(seq 2 120); do chown $i tree/$i 2> /dev/null || failed=$((failed + 1)); done
        said=$(chown 120 tree/120 2>&1); rm filler; echo $failed $said > said; chown 7 tree/120; touch done
        for i in $(seq 200); do [ -e end ] && break; sleep 0.05; done' &
      for i in $(seq 200); do [ -e done ] && break; sleep 0.05; done
      cat said
      "$1" run --tree tree -- stat -c %u tree/1 tree/63 tree/64 tree/120
      touch end; wait`;
    expect(await must([...oneId, 'sh', '-ec', script, folder, program])).toBe(
      "57 chown: changing ownership of 'tree/120': No space left on device\n1\n63\n0\n7\n",
    );
  });

  it('are those of a folder that was not removed as it was not empty, where files tell no times of birth', async () => {
    const script = `
      mount -t ramfs none "$0"; mkdir "$0/tree"
      "$1" run --tree "$0/tree" -- sh -c '
        cd "$0/tree"; mkdir d; touch d/x; chown 5 d; rmdir d || touch d/y; stat -c %u d
        rm d/*; rmdir d; mkdir d; stat -c %u d' "$0"`;
    expect(await must([...oneId, 'sh', '-ec', script, folder, program])).toBe('5\n0\n');
  });
});
