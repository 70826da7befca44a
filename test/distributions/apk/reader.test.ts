import { appendFileSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStore } from '../../../src/archives/store.js';
import { apk } from '../../../src/distributions/apk/index.js';
import { type Identification, identify } from '../../../src/identification/identify.js';
import { directoryMachine } from '../../../src/machines/directory.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { silent } from '../../../src/model/progress.js';
import { access } from '../../capture/fixture-root.js';
import { writeApkSystem } from '../../support/apk.js';
import { needs } from '../../support/needs.js';

const wanted = needs({ programs: ['busybox'] });
let root: string;
beforeEach(async (context) => {
  await wanted(context);
  root = mkdtempSync(join(tmpdir(), 'apk-reader-'));
  writeApkSystem(root);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

async function identified(...paths: string[]): Promise<Identification> {
  const machine = await directoryMachine(root);
  return identify(
    machine,
    paths.map((path) => access(path, 'read')),
    { modules: [apk] },
  );
}

async function states(...paths: string[]) {
  const { owners } = await identified(...paths);
  return paths.map((path) => {
    const { state, rule, package: owner } = owners.get(path as FilePath) ?? {};
    return [state, owner?.name, rule];
  });
}

describe('paths of an apk system', () => {
  it('belong to the packages that list them', async () => {
    expect(await states('/usr/bin/greet', '/bin/sh', '/usr/lib/libgreet.so.1', '/etc/profile', '/opt/mine')).toEqual([
      ['owned', 'greeter', undefined],
      ['owned', 'busybox-binsh', undefined],
      ['owned', 'libgreet', undefined],
      ['owned', 'alpine-baselayout-data', undefined],
      ['left-out', undefined, 'absent'],
    ]);
  });

  it('are generated where scripts make them', async () => {
    expect(await states('/etc/passwd', '/lib/apk/db/installed', '/usr/bin/awk')).toEqual([
      ['generated', 'alpine-baselayout-data', 'accounts'],
      ['generated', undefined, 'package-database'],
      ['generated', 'busybox', 'busybox-applets'],
    ]);
  });

  it('are modified where they are not as recorded', async () => {
    appendFileSync(join(root, 'etc/greeting'), 'more\n');
    unlinkSync(join(root, 'etc/profile'));
    unlinkSync(join(root, 'bin/sh'));
    symlinkSync('elsewhere', join(root, 'bin/sh'));
    expect(await states('/etc/greeting', '/etc/profile', '/bin/sh')).toEqual([
      ['modified', 'greeter', 'content'],
      ['modified', 'alpine-baselayout-data', 'removed'],
      ['modified', 'busybox-binsh', 'link'],
    ]);
  });

  it('that a damaged block lists are loose, and the rest is known', async () => {
    const file = join(root, 'lib/apk/db/installed');
    appendFileSync(file, 'C:Q1x\nnonsense\n\n');
    const { problems } = await identified('/usr/bin/greet');
    expect(problems).toEqual([expect.stringContaining('cannot be read: "C:Q1x')]);
  });
});

describe('the halves of a spec', () => {
  it('have the packages used and all that they depend on, by name, library and file', async () => {
    writeFileSync(join(root, 'etc/shadow'), 'root:planted-canary:1:0:::::\n');
    const identification = await identified('/usr/bin/greet');
    expect(identification.base).toMatchObject({
      distribution: 'apk',
      release: 'alpine 3.20.3',
      architecture: 'x86_64',
    });
    const machine = await directoryMachine(root);
    const contents = await openStore(join(root, 'store'));
    const [half] = await identification.finish({ machine, contents, repack: 'missing', progress: silent });
    expect(half?.manifest).toEqual({ name: 'apk', packages: ['greeter=1.0_rc2-r1'] });
    const lock = apk.lockSchema.parse(half?.lock);
    expect(lock.packages.map(({ name, used, automatic, needs: own }) => [name, used, automatic, own])).toEqual([
      ['alpine-baselayout', false, undefined, ['alpine-baselayout-data', 'busybox-binsh']],
      ['alpine-baselayout-data', false, true, undefined],
      ['alpine-release', false, undefined, undefined],
      ['busybox', false, undefined, undefined],
      ['busybox-binsh', false, true, ['busybox']],
      ['greeter', true, undefined, ['busybox-binsh', 'libgreet']],
      ['libgreet', false, true, undefined],
    ]);
    expect(lock.repositories).toEqual(['https://example.org/alpine/v3.20/main']);
    expect(JSON.stringify(half)).not.toContain('canary');
    expect(half?.epoch).toBe(1_700_000_000);
    expect(lock.links.length).toBeGreaterThan(100);
  });
});
