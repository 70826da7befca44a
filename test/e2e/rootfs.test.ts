import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { needs, shared } from '../support/needs.js';
import { type Root, withRoot } from '../support/roots.js';
import { must, run } from '../support/run.js';
import { type OrdinaryUser, ordinaryUser } from '../support/users.js';

beforeEach(needs({ root: true, archive: true, programs: ['mmdebstrap', 'newuidmap'] }));

let root: Root;
let user: OrdinaryUser;
let folder: string;
let tar: string;

const prepare = shared(async () => {
  root = await withRoot();
  user = await ordinaryUser();
  folder = await mkdtemp(join(tmpdir(), 'rootfs-'));
  tar = join(folder, 'root.tar');
  await must(['mkdir', '-p', join(root.path, 'srv/closed')]);
  await must([
    'sh',
    '-c',
    'echo kept > "$1/kept"; chmod 0500 "$1"; chown -R 1234:4321 "$1"',
    'sh',
    join(root.path, 'srv/closed'),
  ]);
  await must(['tar', '-C', root.path, '--numeric-owner', '--exclude=./usr/lib/gcc', '-cf', tar, '.']);
  await must(['chmod', '0755', folder]);
});
beforeEach(prepare);

afterAll(async () => {
  await root?.[Symbol.asyncDispose]();
  await user?.[Symbol.asyncDispose]();
  if (folder) await rm(folder, { recursive: true, force: true });
});

interface Person {
  readonly become: readonly string[];
  readonly program: string;
  readonly home: string;
}

const people: [string, () => Person][] = [
  ['root', () => ({ become: [], program: fileURLToPath(new URL('../..', import.meta.url)), home: folder })],
  ['an ordinary user with a 0700 home', () => user],
];

const prelude = `
  const { localMachine } = await import(process.argv[1] + '/dist/src/machines/local.js');
  const { chooseMapping, unpackTree, rootfsMachine, packTree, removeTree } =
    await import(process.argv[1] + '/dist/src/machines/rootfs/index.js');
  const { createReadStream, mkdirSync } = await import('node:fs');
  const base = process.argv[2], tree = base + '/tree', host = await localMachine();
  mkdirSync(base, { recursive: true });
  const mapping = await chooseMapping(host);
  const machines = [];
  const enter = async (options = {}) => {
    const machine = await rootfsMachine({ host, tree, mapping, label: 'test', ...options });
    machines.push(machine);
    return machine;
  };
  const finished = async (work) => {
    try {
      return JSON.stringify(await work());
    } finally {
      for (const machine of machines) await machine[Symbol.asyncDispose]();
    }
  };
  const text = async (machine, argv, options) => {
    const { exit, stdout, stderr } = await machine.shell.run(argv, options);
    return [exit.signal ?? exit.code, stdout.toString().trim(), ...(/locale/.test(stderr) ? [stderr.toString()] : [])];
  };
`;

describe.each(people)('a rootfs of %s', (_name, person) => {
  const base = () => join(person().home, 'rootfs');

  function program(script: string, ...args: string[]): string[] {
    const { become, program } = person();
    return [...become, process.execPath, '--input-type=module', '-e', prelude + script, program, base(), ...args];
  }

  async function result(script: string, ...args: string[]): Promise<unknown> {
    const run = `console.log(await finished(async () => {${script}}))`;
    return JSON.parse(
      await must(program(run, ...args), { cwd: '/', env: { PATH: '/usr/bin:/bin', HOME: person().home } }),
    );
  }

  const unpack = shared(async () => {
    await result('await unpackTree(createReadStream(process.argv[3]), tree, mapping, host); return 1', tar);
  });
  beforeEach(unpack);

  afterAll(async () => {
    if (!tar) return;
    await result('await removeTree(base, mapping, host); return 1');
    expect(existsSync(base())).toBe(false);
  });

  it('keeps owners, modes and contents, read from inside the mapping', async () => {
    const found = await result(`
      const machine = await enter();
      const { uid, gid, mode } = await machine.files.lstat('/srv/closed');
      return [uid, gid, mode, String(await machine.files.read('/srv/closed/kept')), await machine.files.list('/dev')]`);
    expect(found).toEqual([1234, 4321, 0o500, 'kept\n', []]);
  });

  it('runs programs with their user, groups, folder, umask and whole environment, and says truly how they end', async () => {
    const found = await result(`
      const machine = await enter();
      const user = { uid: 1000, gid: 100, groups: [4, 24] };
      const run = (script, options) => text(machine, ['sh', '-c', script], options);
      // Ours is not theirs.
      process.umask(0o077);
      return Promise.all([
        run('umask'), run('id -u; id -g; id -G; pwd; umask', { user, cwd: '/tmp', umask: 0o27 }),
        text(machine, ['env'], { environment: { PATH: '/bin', 'x.y': 'é', LC_ALL: 'no_NO', LD_BIND_NOW: '1', PERL5OPT: '-Mnone' } }),
        run('mkdir -p "$(printf "/tmp/caf\\\\351")"').then(() => run('pwd | od -An -c', { cwd: '/tmp/caf\\xe9' })),
        run('exit 42'), run('kill -SEGV $$'), run('kill -TERM $$'), text(machine, ['no-such-program']),
        run('cat', { input: 'in' }), run('grep -c . /proc/self/mountinfo >/dev/null && echo $(($$ < 1000))'),
        run('unshare --user --map-root-user id -u'),
      ])`);
    expect(found).toEqual([
      [0, '0022'],
      [0, '1000\n100\n100 4 24\n/tmp\n0027'],
      [0, 'PATH=/bin\nx.y=é\nLC_ALL=no_NO\nLD_BIND_NOW=1\nPERL5OPT=-Mnone'],
      [0, expect.stringContaining('c   a   f 351')],
      ...[
        [42, ''],
        ['SIGSEGV', ''],
        ['SIGTERM', ''],
        [127, ''],
        [0, 'in'],
        [0, '1'],
        [0, '0'],
      ],
    ]);
  });

  it('passes signals on, and an abort ends the program with its children', async () => {
    const found = await result(`
      const machine = await enter();
      const child = await machine.shell.spawn(['sh', '-c', 'trap "exit 9" TERM; echo up; while :; do sleep 0.1; done']);
      await child.stdout.iterator({ destroyOnReturn: false }).next();
      child.kill('SIGTERM');
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 300);
      await machine.shell.run(['sh', '-c', 'sleep 77 & sleep 77'], { signal: stop.signal }).catch(() => 0);
      return [await child.exited, await text(machine, ['sh', '-c', 'cat /proc/[0-9]*/cmdline | tr "\\\\0" " " | grep -c "sleep 7[7]"'])]`);
    expect(found).toEqual([{ code: 9 }, [1, '0']]);
  });

  it('keeps /run/reproman between programs and out of the tree', async () => {
    const found = await result(`
      const machine = await enter();
      await machine.shell.put('/run/reproman', machine.shell.get(['/etc/hostname']));
      const paths = [];
      for await (const { path } of machine.files.walk('/run')) paths.push(path);
      return [await text(machine, ['ls', '/run/reproman/etc']), paths.filter((path) => path.includes('reproman'))]`);
    expect(found).toEqual([[0, 'hostname'], []]);
  });

  it("knows the host's name servers, from a file that is not the host's", async () => {
    const shown = ['sh', '-c', 'stat -c %d:%i /etc/resolv.conf; cat /etc/resolv.conf'];
    const found = await result(`return text(await enter({ network: true }), process.argv.slice(3))`, ...shown);
    const [, there] = found as [number, string];
    const here = (await must(shown)).trim();
    const [file, ...servers] = here.split('\n');
    expect(there.split('\n').slice(1)).toEqual(servers);
    expect(there.split('\n')[0]).not.toBe(file);
  });

  it('throws the writes of a copy away, after all of its programs and readers have seen them', async () => {
    const found = await result(`
      mkdirSync(base + '/copy');
      const seen = [];
      const copy = await enter({ copy: { folder: base + '/copy' }, network: false });
      await text(copy, ['sh', '-c', 'rm -r /etc/apt; mkdir /etc/apt; echo new > /etc/hostname; mkdir -m 700 /new']);
      seen.push(await text(copy, ['sh', '-c', 'ls /etc/apt; cat /etc/hostname; ls /sys/class/net']));
      seen.push(String(await copy.files.read('/etc/hostname')), (await copy.files.lstat('/new')).mode);
      seen.push(await copy.files.list('/etc/apt'));
      await copy[Symbol.asyncDispose]();
      const machine = await enter();
      return [...seen, (await machine.files.lstat('/new')) ?? null, (await machine.files.list('/etc/apt')).length > 0]`);
    expect(found).toEqual([[0, 'new\nlo'], 'new\n', 0o700, [], null, true]);
    expect(existsSync(join(base(), 'copy'))).toBe(false);
  });

  it('packs the tree to the same bytes twice', async () => {
    const [first, second] = (await result(`
      const { createHash } = await import('node:crypto');
      const pack = async () => { const hash = createHash('sha256'); for await (const chunk of packTree(tree, mapping, host)) hash.update(chunk); return hash.digest('hex') };
      return [await pack(), await pack()]`)) as string[];
    expect(first).toBe(second);
  });

  it('leaves no process and no mount when we are killed', async () => {
    const [command = '', ...args] = program(`
      const machine = await enter();
      await machine.shell.spawn(['sleep', '4242']);
      await machine.shell.run(['true']);
      console.log('up');`);
    const child = spawn(command, args, { cwd: '/', stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(await sleepers()).toBe(1);
    child.kill('SIGKILL');
    await expect.poll(sleepers, { timeout: 5000 }).toBe(0);
    expect((await run(['grep', '-c', base(), '/proc/self/mountinfo'])).stdout.trim()).toBe('0');
  });
});

async function sleepers(): Promise<number> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(pids.map((pid) => run(['cat', `/proc/${pid}/cmdline`])));
  return lines.filter(({ stdout }) => stdout === 'sleep\x004242\0').length;
}
