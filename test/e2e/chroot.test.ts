import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { pipeline } from '../support/inputs.js';
import { place, type Rebuilt, rebuild, type Traced } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';
import { remains } from '../support/remains.js';
import { must, run } from '../support/run.js';
import { type OrdinaryUser, ordinaryUser } from '../support/users.js';

beforeEach(needs({ root: true, archive: true, programs: ['strace', 'mmdebstrap', 'schroot'] }));

const root = place('root', { takesBare: true });
let user: OrdinaryUser;
let traced: Traced;

const prepare = shared(async () => {
  user = await ordinaryUser();
  traced = await root.trace(pipeline);
  // The tree that the others must have, too.
  await (await rebuild(traced, 'rootfs'))[Symbol.asyncDispose]();
});
beforeEach(prepare);

afterAll(async () => {
  await root[Symbol.asyncDispose]();
  await user?.[Symbol.asyncDispose]();
});

const kinds = [
  ['chroot', () => []],
  ['schroot', () => [`users=${user.name}`]],
] as const;

describe.each(kinds)('an environment in a %s', (kind, parameters) => {
  let made: Rebuilt;
  const make = shared(async () => {
    made = await rebuild(traced, kind, parameters());
  });
  beforeEach(make);

  const exec = (...argv: string[]) => ['exec', made.name, '--', ...argv];

  it('is the tree that rootfs makes, proved and with the same result, and passes input and exit codes on', async () => {
    expect(traced.digests.size).toBe(1);
    const { stdout, stderr, code } = await traced.cli.run(exec('sh', '-c', 'cat; echo told >&2; id -u; exit 7'), {
      input: 'in\n',
    });
    expect([stdout, stderr, code]).toEqual(['in\n0\n', 'told\n', 7]);
    expect((await traced.cli.run(exec('sh', '-c', 'kill -9 $$'))).code).toBe(137);
    expect((await traced.cli.run(exec('no-such-program'))).code).toBe(127);
  });

  it('passes signals on to a process of this machine', async () => {
    const [node = '', ...entry] = traced.cli.program;
    const script = `trap 'exit 9' TERM; echo "$$ up"; while :; do sleep 0.1; done`;
    const child = spawn(node, [...entry, ...exec('sh', '-c', script)], { env: traced.cli.env, cwd: traced.cli.work });
    let pid = '';
    for await (const chunk of child.stdout)
      if (String(chunk).includes('up')) {
        pid = String(chunk).split(' ')[0] ?? '';
        break;
      }
    expect(commandOf(pid)).toContain('trap');
    child.kill('SIGTERM');
    const [code] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
    expect(code).toBe(9);
  });

  it('ends with stop what was left running in it', async () => {
    const { stdout } = await traced.cli.must(exec('sh', '-c', 'sleep 4242 >/dev/null 2>&1 & echo $!'));
    expect(commandOf(stdout.trim())).toContain('sleep');
    await traced.cli.must(['stop', made.name]);
    expect(commandOf(stdout.trim())).toBe('');
  });

  if (kind === 'schroot') sessions(() => made.name);

  it('leaves nothing when it is deleted: no mount, no process, no session, no definition', async () => {
    await traced.cli.must(exec('sh', '-c', 'sleep 4242 >/dev/null 2>&1 &'));
    await made[Symbol.asyncDispose]();
    expect(remains(traced.cli)).toEqual([]);
    const settings = ['/etc/schroot', '/etc/schroot/chroot.d', '/var/lib/schroot/session'];
    expect(settings.flatMap((folder) => readdirSync(folder)).filter((name) => name.includes(made.name))).toEqual([]);
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(made.name);
  });
});

/** Of what schroot itself has to say. */
function sessions(name: () => string): void {
  const asUser = (...argv: string[]) => [...user.become, 'schroot', '--directory=/', ...argv];
  const begun = () => must(['schroot', '--list', '--all-sessions']);

  it('is for an ordinary user who is named, and what a session changes is thrown away', async () => {
    const script = 'id -u; jq -n 1+1; echo mine > /tmp/mine && cat /tmp/mine';
    const { stdout, code } = await run(asUser(`--chroot=reproman-${name()}`, '--', 'sh', '-c', script));
    expect([stdout, code]).toEqual([`${user.uid}\n2\nmine\n`, 0]);
    expect((await traced.cli.run(['exec', name(), '--', 'test', '-e', '/tmp/mine'])).code).toBe(1);
    const changing = await run(asUser(`--chroot=source:reproman-${name()}`, '--', 'true'));
    expect(changing.code).not.toBe(0);
  });

  it('begins a session with start and ends it with stop, and what is done in it stays', async () => {
    const chroot = `reproman-${name()}`;
    expect((await traced.cli.must(['start', name()])).stdout).toContain('running');
    expect(await begun()).toContain(`session:${chroot}\n`);
    await traced.cli.must(['exec', name(), '--', 'touch', '/srv/kept']);
    const listing = ['schroot', '--run-session', `--chroot=${chroot}`, '--directory=/', '--', 'ls', '/srv'];
    expect(await must(listing)).toContain('kept');
    expect((await traced.cli.must(['stop', name()])).stdout).toContain('stopped');
    expect(await begun()).not.toContain(chroot);
    await traced.cli.must(['start', name()]);
  });
}

/** Nothing of one that has ended, whether or not it was waited for. */
function commandOf(pid: string): string {
  const file = `/proc/${pid}/cmdline`;
  return existsSync(file) ? readFileSync(file, 'latin1') : '';
}
