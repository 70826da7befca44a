import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { alpineTar } from '../support/alpine.js';
import { type Cli, freshCli } from '../support/cli.js';
import { needs } from '../support/needs.js';
import { must, run } from '../support/run.js';

const folder = mkdtempSync(join(tmpdir(), 'reproman-render-user-'));
const spec = join(folder, 'environment.yml');
const odd = ["it's", '$(id)', 'two\nlines', '', '-c', '*'];
const script = 'id -u; id -g; id -G | tr " " "\\n" | sort -n; printf "<%s>" "$@"; exit 7';
const said = `1234\n1235\n10\n1235\n${odd.map((word) => `<${word}>`).join('')}`;
let cli: Cli;
let base: string;

beforeEach(needs({ root: true, programs: ['qemu-img', '/usr/sbin/debugfs'] }));
/** Of a command that a member of the group `wheel` ran in an Alpine system that was made here. */
beforeEach(async (context) => {
  base = await alpineTar(context);
  if (cli) return;
  cli = await freshCli();
  const [origin, first] = [join(folder, 'origin'), join(folder, 'first/environment.yml')];
  mkdirSync(dirname(first));
  await unpack(origin);
  await cli.must(
    ['trace', '-o', first, '--root', origin, '--cwd', '/', '--', 'sh', '-c', 'id; tr a b; sort; adduser'],
    {
      code: 1,
    },
  );
  const text = readFileSync(first, 'utf8').replace(/user: \{.*\}/, 'user: { uid: 1234, gid: 1235, groups: [10] }');
  writeFileSync(first, text);
  await cli.must(['create', '--name', 'alpine', '--backend', 'rootfs', first]);
  const tree = join(cli.env['XDG_DATA_HOME'] ?? '', 'reproman/trees/alpine/tree');
  for (const argv of [
    ['addgroup', '-g', '1235', 'people'],
    ['adduser', '-D', '-H', '-u', '1234', '-G', 'people', 'ada'],
    ['addgroup', 'ada', 'wheel'],
  ])
    await must(['chroot', tree, ...argv]);
  await cli.must(['trace', '--resource', 'alpine', '-o', spec, '--', 'sh', '-c', script, 'sh', ...odd], { code: 7 });
  expect(readFileSync(spec, 'utf8')).toContain('user: { uid: 1234, gid: 1235, groups: [10] }');
});
afterAll(async () => {
  await cli?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function unpack(root: string): Promise<void> {
  mkdirSync(root, { mode: 0o755 });
  await must(['tar', '-C', root, '--numeric-owner', '-xpf', base]);
}

/** A system with what vagrant or cloud-init puts there. */
const provisioned = {
  async vagrantfile(root: string) {
    const at = join(folder, 'vagrant');
    await cli.must(['render', '--to', 'vagrantfile', '--from', 'own/box', '-o', at, spec]);
    cpSync(join(at, 'provision'), join(root, 'opt/environment'), { recursive: true });
  },
  async 'cloud-init'(root: string) {
    const at = join(folder, 'user-data');
    await cli.must(['render', '--to', 'cloud-init', '-o', at, spec]);
    const { write_files: files } = parse(readFileSync(at, 'utf8')) as {
      write_files: { path: string; encoding?: 'b64'; content: string }[];
    };
    for (const { path, encoding, content } of files) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), Buffer.from(content, encoding ? 'base64' : 'utf8'));
    }
  },
} as const;

it.each(['vagrantfile', 'cloud-init'] as const)(
  'gives a %s of an Alpine system whose command runs as the user that it had, with the groups',
  async (format) => {
    const root = join(folder, `root-${format}`);
    await unpack(root);
    expect(readFileSync(join(root, 'etc/group'), 'utf8')).toMatch(/^wheel:x:10:root$/m);
    await provisioned[format](root);
    await must(['chroot', root, 'sh', '/opt/environment/install.sh']);
    const { code, stdout, stderr } = await run(['chroot', root, 'sh', '/opt/environment/run.sh']);
    expect([code, stdout, stderr]).toEqual([7, said, '']);
    await must(['chroot', root, 'delgroup', 'ada', 'wheel']);
    const refused = await run(['chroot', root, 'sh', '/opt/environment/run.sh']);
    expect([refused.code, refused.stdout]).toEqual([125, '']);
    expect(refused.stderr).toMatch(/no account has the uid 1234.*add the setpriv of util-linux/);
    // Who has no other groups needs no account.
    const alone = '. /opt/environment/functions.sh; as_user 4242 4243 "" sh -c "id -u; id -g; id -G"';
    expect(await must(['chroot', root, 'sh', '-ec', alone])).toBe('4242\n4243\n4243\n');
  },
);
