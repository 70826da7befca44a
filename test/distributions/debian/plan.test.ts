import { extract, type Pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import type { Artifact } from '../../../src/archives/ladder.js';
import { accountsOfDebian } from '../../../src/distributions/debian/accounts.js';
import { debianDetailsSchema } from '../../../src/distributions/debian/details.js';
import { planBootstrap, planDebian } from '../../../src/distributions/debian/plan.js';
import type { DebianLock, DebianPackage } from '../../../src/distributions/debian/schema.js';
import { seedTar } from '../../../src/distributions/debian/seed.js';
import { unfinishedOf, unpackHooks } from '../../../src/distributions/debian/unfinished.js';

const hash = 'a'.repeat(64);
const other = 'b'.repeat(64);
const digest = { algorithm: 'sha256', value: hash };

function entry(name: string, extra: Partial<DebianPackage> = {}): DebianPackage {
  const control = { Package: name, Depends: 'libc6', 'X-Note': 'kept', Filename: 'pool/evil' };
  const locations = [{ archive: 's/main', filename: `pool/main/${name}_1%3a2~x.deb` }];
  const identity = { name, version: '1:2~x', architecture: 'amd64', used: true };
  return { ...identity, control, sha256: hash, size: 5, certainty: 'indexed', locations, ...extra };
}

function lock(packages: DebianPackage[], extra: Partial<DebianLock> = {}): DebianLock {
  return {
    name: 'debian',
    architecture: 'amd64',
    foreignArchitectures: [],
    archives: [{ id: 's/main', uri: 'http://h.example/debian', suite: 's', component: 'main' }],
    packages,
    diversions: [],
    alternatives: [],
    statOverrides: [],
    accounts: { users: [], groups: [] },
    sources: [],
    ...extra,
  };
}

const base = { distribution: 'debian', release: '12', codename: 'bookworm', architecture: 'amd64' } as const;
const context = { base: { ...base, layout: 'merged-usr' }, libc: 'glibc', epoch: 1000 } as const;

describe('the plan', () => {
  it('leaves unconfigured what the origin had so, but for what others stand on', () => {
    const half = { state: 'half-configured' } as const;
    const packages = [
      entry('broken', half),
      entry('needed', half),
      entry('user', { needs: ['needed'] }),
      entry('vital', { ...half, essential: true }),
      entry('waiting', { state: 'triggers-pending' }),
    ];
    const bootstrap = planBootstrap(lock(packages), context);
    const broken = { name: 'broken', architecture: 'amd64', state: 'half-configured' };
    expect(debianDetailsSchema.parse(bootstrap.details).unfinished).toEqual([broken]);
    expect(unfinishedOf(bootstrap).map(({ name }) => name)).toEqual(['broken']);
    const artifacts = new Map(
      bootstrap.packages.map((each) => [each, { file: `/store/a b/${each.name}` } as Artifact]),
    );
    const hooks = unpackHooks(bootstrap, artifacts);
    expect(hooks).toContain('upload /store/a\\ b/broken /run/reproman/unfinished/0.deb');
    expect(hooks.filter((hook) => hook.includes(' dpkg '))).toEqual([
      expect.stringMatching(/--unpack \/run\/reproman\/unfinished\/0\.deb$/),
      expect.stringMatching(/--configure broken \|\| :$/),
    ]);
  });

  it('asks for each package by hash at the address that its archive gives it', () => {
    const bootstrap = planBootstrap(lock([entry('b'), entry('a')]), context);
    const listed = { uri: 'http://h.example/debian', suite: 's', component: 'main', signature: {} };
    expect(bootstrap.packages.map(({ artifact }) => artifact)).toEqual([
      {
        ...{ name: 'a_2~x_amd64.deb', digest, size: 5, urls: ['http://h.example/debian/pool/main/a_1%253a2~x.deb'] },
        origins: [{ ...listed, path: 'pool/main/a_1%3a2~x.deb' }],
        source: { name: 'a', version: '1:2~x' },
      },
      {
        ...{ name: 'b_2~x_amd64.deb', digest, size: 5, urls: ['http://h.example/debian/pool/main/b_1%253a2~x.deb'] },
        origins: [{ ...listed, path: 'pool/main/b_1%3a2~x.deb' }],
        source: { name: 'b', version: '1:2~x' },
      },
    ]);
    const details = debianDetailsSchema.parse(bootstrap.details);
    expect(details.unfinished).toBeUndefined();
    expect(details.control[0]).toEqual({
      Package: 'a',
      Version: '1:2~x',
      Architecture: 'amd64',
      Depends: 'libc6',
      'X-Note': 'kept',
    });
  });

  it('knows a repacked package by its copy alone, and an archived one by both', () => {
    const only = entry('a', { sha256: hash, repacked: hash, certainty: 'repacked' });
    const both = entry('b', { repacked: other });
    const bootstrap = planBootstrap(lock([only, both]), context);
    expect(bootstrap.packages[0]?.artifact).toMatchObject({ digest, content: hash, urls: [] });
    expect(bootstrap.packages[1]?.artifact).toMatchObject({
      digest,
      content: other,
      urls: [expect.any(String)],
    });
  });

  it('sets diversions, overrides, manual alternatives and holds, never through a shell string', () => {
    const { steps } = planDebian(
      lock([entry('a', { hold: true })], {
        diversions: [
          { path: '/bin/$(x)', divertedTo: '/bin/x.distrib' },
          { path: '/bin/sh', divertedTo: '/bin/sh.distrib', by: 'dash' },
        ],
        statOverrides: [{ path: '/usr/bin/x', user: 'root', group: 'mail', mode: '2755' }],
        alternatives: [
          { name: 'awk', link: '/usr/bin/awk', value: '/usr/bin/gawk', mode: 'manual' },
          { name: 'pager', link: '/usr/bin/pager', value: '/bin/more', mode: 'auto' },
        ],
      }),
      context,
    );
    expect(steps.map((step) => (step.kind === 'run' ? step.argv : step))).toEqual([
      ['dpkg-divert', '--quiet', '--local', '--rename', '--divert', '/bin/x.distrib', '--add', '/bin/$(x)'],
      [
        'dpkg-statoverride',
        '--quiet',
        '--force-statoverride-add',
        '--update',
        '--add',
        'root',
        'mail',
        '2755',
        '/usr/bin/x',
      ],
      ['update-alternatives', '--quiet', '--log', '/dev/null', '--set', 'awk', '/usr/bin/gawk'],
      ['sh', '-c', 'printf "%s hold\\n" "$@" | dpkg --set-selections', 'sh', 'a'],
    ]);
  });

  it('gives a folder that others share the mode and owner that it had', () => {
    const folders = [{ path: '/usr/share/polkit-1/rules.d', mode: '0700', uid: 996, gid: 0 }];
    expect(planDebian(lock([entry('a')], { folders }), context).steps).toMatchObject([
      { kind: 'directory', path: '/usr/share/polkit-1/rules.d', mode: 0o700, uid: 996, gid: 0 },
    ]);
  });

  it('leaves a source whose key the environment lacks as a comment', () => {
    const sources = [
      'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://h/d s main',
      'deb http://h/e s main',
    ];
    const without = planBootstrap(lock([entry('a')], { sources }), context);
    const having = planBootstrap(lock([entry('debian-archive-keyring')], { sources }), context);
    expect(without.details).toMatchObject({ sources: [`# ${sources[0]}`, sources[1]] });
    expect(having.details).toMatchObject({ sources });
  });

  it('brings the public keys of other archives, and so keeps their lines', () => {
    const sources = ['deb [signed-by=/etc/apt/keyrings/other.asc] http://o/d s main'];
    const keys = [{ path: '/etc/apt/keyrings/other.asc', content: 'f'.repeat(64) }];
    expect(planBootstrap(lock([entry('a')], { sources }), context).details).toMatchObject({
      sources: [`# ${sources[0]}`],
    });
    const having = lock([entry('a')], { sources, keys });
    expect(planBootstrap(having, context).details).toMatchObject({ sources });
    expect(planDebian(having, context).steps).toEqual([
      expect.objectContaining({
        kind: 'write',
        path: '/etc/apt/keyrings/other.asc',
        mode: 0o644,
        content: keys[0]?.content,
      }),
    ]);
  });
});

describe('accounts', () => {
  const passwd = Buffer.from(
    [
      'root:secret:0:0:root:/root:/bin/bash',
      'messagebus:x:101:103::/nonexistent:/usr/sbin/nologin',
      'alice:x:1000:1000:Alice,,,:/home/alice:/bin/bash',
      'bob:x:1001:1001::/home/bob:/bin/sh',
      'broken line',
    ].join('\n'),
  );
  const group = Buffer.from('root:x:0:\nmessagebus:x:103:alice,bob\nalice:x:1000:\nbob:x:1001:\nssl-cert:x:105:\n');
  const none = { scripts: [], sysusers: [], statOverrides: [], ids: { users: [], groups: [] } };

  it('are those of scripts that make accounts, of sysusers, and of given ids, without passwords', () => {
    const scripts = [Buffer.from('adduser --system "messagebus"'), Buffer.from('echo bob')];
    const sysusers = [Buffer.from('# x\ng ssl-cert - -\n')];
    const found = accountsOfDebian({ passwd, group, ...none, scripts, sysusers, ids: { users: [1000], groups: [] } });
    expect(found.users.map(({ name, uid }) => [name, uid])).toEqual([
      ['root', 0],
      ['messagebus', 101],
      ['alice', 1000],
    ]);
    expect(found.groups).toEqual([
      { name: 'root', gid: 0, members: [] },
      { name: 'messagebus', gid: 103, members: ['alice'] },
      { name: 'alice', gid: 1000, members: [] },
      { name: 'ssl-cert', gid: 105, members: [] },
    ]);
    expect(JSON.stringify(found)).not.toContain('secret');
  });

  it('are seeded with locked passwords, beside the links of a merged /usr', async () => {
    const accounts = accountsOfDebian({ passwd, group, ...none });
    const bootstrap = planBootstrap(lock([entry('a')], { accounts }), context);
    const entries = await seedEntries(seedTar(bootstrap, debianDetailsSchema.parse(bootstrap.details)));
    expect(entries.get('etc/passwd')).toBe('root:*:0:0:root:/root:/bin/bash\n');
    expect(entries.get('etc/group')).toBe('root:*:0:\n');
    expect([...entries].filter(([, content]) => content.startsWith('->'))).toEqual([
      ['bin', '->usr/bin'],
      ['sbin', '->usr/sbin'],
      ['lib', '->usr/lib'],
      ['lib64', '->usr/lib64'],
    ]);
  });
});

async function seedEntries(tar: Pack): Promise<Map<string, string>> {
  const entries = new Map<string, string>();
  const reader = extract();
  tar.pipe(reader);
  for await (const each of reader) {
    let content = '';
    for await (const chunk of each) content += String(chunk);
    entries.set(each.header.name, each.header.linkname ? `->${each.header.linkname}` : content);
  }
  return entries;
}
