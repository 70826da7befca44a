import { appendFileSync, chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Proof } from '../../src/proof/proof.js';
import { apkSystem, writeApkSystem } from '../support/apk.js';
import { apkKey, writeApkRepository } from '../support/apk-repository.js';
import { type Cli, freshCli } from '../support/cli.js';
import { needs, shared } from '../support/needs.js';
import { serveFolder } from '../support/serve-folder.js';

let folder: string;
let spec: string;
let cli: Cli;

beforeEach(needs({ root: true, programs: ['busybox'] }));
beforeEach(
  shared(async () => {
    cli = await freshCli();
    folder = await mkdtemp(join(tmpdir(), 'reproman-apk-'));
    const root = join(folder, 'root');
    mkdirSync(root, { mode: 0o755 });
    writeApkSystem(root);
    writeFileSync(join(root, 'etc/greeting'), 'goodbye\n');
    appendFileSync(join(root, 'etc/passwd'), 'ada:x:500:501::/:/bin/sh\n');
    appendFileSync(join(root, 'etc/group'), 'people:x:501:\nwheel:x:10:ada\n');
    chmodSync(join(root, 'srv'), 0o1777);
    spec = join(folder, 'environment.yml');
    // BusyBox reads its settings as whoever is not root.
    const command = ['sh', '-c', 'cat /etc/busybox.conf 2>/dev/null; greet | rev >out.txt'];
    await cli.must(['trace', '-o', spec, '--root', root, '--cwd', '/srv', '--', ...command]);
    writeFileSync(
      spec,
      readFileSync(spec, 'utf8').replace(/user: \{.*\}/, 'user: { uid: 500, gid: 501, groups: [10, 501] }'),
    );
  }),
);
afterAll(async () => {
  await cli?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function create(name: string, ...options: string[]) {
  const { stdout } = await cli.must(['create', '--json', '--name', name, ...options, spec]);
  return JSON.parse(stdout) as { readonly proof: Proof; readonly resource: { readonly treeDigest: string } };
}

describe('a command that was traced in an apk system', () => {
  it('is rebuilt from the installed files, proved, and does the same again', async () => {
    const { proof, resource } = await create('greet', '--backend', 'rootfs', '--rerun');
    expect(proof.ok).toBe(true);
    expect(proof.reruns.map(({ exit, outputs }) => [exit?.verdict, outputs.map(({ verdict }) => verdict)])).toEqual([
      ['equal', ['equal']],
    ]);
    expect((await cli.must(['exec', 'greet', '--', 'greet'])).stdout).toBe('goodbye, world\n');
    const again = await create('again', '--backend', 'rootfs');
    expect(again.resource.treeDigest).toBe(resource.treeDigest);
  });

  it('is made of the names of its packages too, and whose its files are is known there', async () => {
    const key = apkKey();
    writeApkRepository(join(folder, 'repository'), apkSystem(), key);
    await using server = await serveFolder(join(folder, 'repository'));
    const [named, again] = [join(folder, 'named.yml'), join(folder, 'again.yml')];
    const env = { REPROMAN_APK_REPOSITORIES: server.url, REPROMAN_APK_KEYS: join(folder, key.name) };
    const refused = await cli.run(['resolve', 'greeter', '--on', 'alpine:3.20', '-o', named], {
      env: { REPROMAN_APK_REPOSITORIES: server.url },
    });
    expect([refused.code, refused.stderr]).toEqual([
      3,
      expect.stringContaining(`signed by ${key.name}, a key that nothing here trusts`),
    ]);
    writeFileSync(join(folder, key.name), key.publicKey);
    await cli.must(['resolve', 'greeter>=1.0_rc1', '--on', 'alpine:3.20', '-o', named], { env });
    await cli.must(['create', '--name', 'named', '--backend', 'rootfs', named]);
    await cli.must(['trace', '--resource', 'named', '-o', again, '--', 'sh', '-c', 'greet | rev']);
    const text = readFileSync(again, 'utf8');
    expect(text).toMatch(/packages: \[.*busybox=1\.36\.1-r29, .*greeter=1\.0_rc2-r1, libgreet=1\.2-r0\]/);
    expect(text).not.toMatch(/^files:/m);
  });

  it('has a database of what is there', async () => {
    await create('asked', '--backend', 'rootfs');
    const tree = join(cli.env['XDG_DATA_HOME'] ?? '', 'reproman/trees/asked/tree');
    const names = readFileSync(join(tree, 'lib/apk/db/installed'), 'utf8').match(/^P:.*$/gm);
    expect(names).toEqual([
      ...['P:alpine-baselayout-data', 'P:alpine-baselayout', 'P:alpine-release', 'P:busybox', 'P:busybox-binsh'],
      ...['P:greeter', 'P:libgreet'],
    ]);
    expect(readFileSync(join(tree, 'lib/apk/db/scripts.tar')).includes('--install -s')).toBe(true);
    expect(readFileSync(join(tree, 'etc/apk/world'), 'utf8')).toBe(
      'alpine-baselayout\nalpine-release\nbusybox\ngreeter>1\n',
    );
  });

  it('is the same tree in Docker, and runs again there as the user that it had, without util-linux', async (context) => {
    await needs({ docker: true })(context);
    const inDocker = await create('inside', '--backend', 'docker', '--rerun');
    expect(inDocker.proof.ok).toBe(true);
    const inFolder = await create('here', '--backend', 'rootfs');
    expect(inDocker.resource.treeDigest).toBe(inFolder.resource.treeDigest);
    const said = 'uid=500(ada) gid=501(people) groups=10(wheel),501(people)\n';
    for (const name of ['here', 'inside'])
      expect((await cli.must(['exec', name, '--', 'sh', '-c', 'id; exit 7'], { code: 7 })).stdout).toBe(said);
  });
});
