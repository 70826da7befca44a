import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openHttpClient } from '../../../src/archives/http.js';
import { parseDatabase } from '../../../src/distributions/rpm/database.js';
import { readHistory } from '../../../src/distributions/rpm/history.js';
import { mirrorsIn, withMirrors } from '../../../src/distributions/rpm/mirrors.js';
import { offersOfRpm } from '../../../src/distributions/rpm/offers.js';
import { findOrigins } from '../../../src/distributions/rpm/origins.js';
import { readPrimary } from '../../../src/distributions/rpm/primary.js';
import { readRepositories } from '../../../src/distributions/rpm/repositories.js';
import { openRpmFile, signedPartOf } from '../../../src/distributions/rpm/rpm-file.js';
import { isSameHeader } from '../../../src/distributions/rpm/same-header.js';
import { sha256 } from '../../../src/hash.js';
import { directoryMachine } from '../../../src/machines/directory.js';
import type { FilePath } from '../../../src/model/file-path.js';
import { silent } from '../../../src/model/progress.js';
import { folderContents } from '../../../src/spec/folder/contents.js';
import { archiveKey } from '../../support/archive-key.js';
import { needs } from '../../support/needs.js';
import { buildRpms } from '../../support/rpm.js';
import { must } from '../../support/run.js';

function files(texts: Readonly<Record<string, string>>): Map<FilePath, Buffer> {
  return new Map(Object.entries(texts).map(([path, text]) => [path as FilePath, Buffer.from(text)]));
}

describe('repositories', () => {
  it('have addresses with variables replaced and without credentials', () => {
    const found = readRepositories(
      files({
        '/etc/os-release': 'ID=fedora\nVERSION_ID=40\n',
        '/etc/dnf/vars/site': 'eu\n',
        '/etc/yum.repos.d/a.repo':
          '[main]\ngpgcheck=1\n[base]\nname = Base $releasever\nbaseurl=https://user:secret@$site.example.org/$releasever/$basearch/\n  https://mirror.example.org/x\nmetalink=https://example.org/metalink?repo=$releasever\n',
      }),
      { architecture: 'x86_64' },
    );
    expect([...found.values()]).toEqual([
      {
        id: 'base',
        name: 'Base 40',
        urls: ['https://eu.example.org/40/x86_64', 'https://mirror.example.org/x'],
        metalink: 'https://example.org/metalink?repo=40',
      },
    ]);
  });
});

it('repositories of zypper have its own variables in their addresses', () => {
  const found = readRepositories(
    files({
      '/etc/os-release': 'ID=opensuse-leap\nVERSION_ID=15.6\n',
      '/etc/zypp/vars.d/site': 'eu\n',
      '/etc/zypp/repos.d/a.repo':
        '[oss]\nbaseurl=https://$site.example.org/$releasever_major/sp$releasever_minor/$releasever/\n',
    }),
    { architecture: 'x86_64' },
  );
  expect(found.get('oss')?.urls).toEqual(['https://eu.example.org/15/sp6/15.6']);
});

describe('mirrors', () => {
  const metalink = `<metalink><files><file name="repomd.xml"><resources>
    <url protocol="http" preference="90">http://slow.example.org/os/repodata/repomd.xml</url>
    <url protocol="https" preference="100">https://user:secret@fast.example.org/os/repodata/repomd.xml</url>
    <url protocol="rsync">rsync://other.example.org/os/repodata/repomd.xml</url>
  </resources></file></files></metalink>`;

  it.each([
    ['a metalink', metalink, ['https://fast.example.org/os', 'http://slow.example.org/os']],
    [
      'a list',
      '# mirrors\nhttp://a.example.org/os/\nhttps://b.example.org/os/\n',
      ['https://b.example.org/os', 'http://a.example.org/os'],
    ],
    ['something else', '<html>not found</html>', []],
  ])('are read of %s, the secure ones first and without credentials', (_title, text, expected) => {
    expect(mirrorsIn(text)).toEqual(expected);
  });

  it('are asked for where a repository has no address of its own', async () => {
    const server = createServer((request, response) => {
      response.writeHead(request.url === '/gone' ? 404 : 200).end(metalink);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    using client = openHttpClient();
    try {
      const found = await withMirrors({ id: 'x', urls: [], metalink: `${at}/metalink` }, client);
      expect(found.repository.urls).toEqual(['https://fast.example.org/os', 'http://slow.example.org/os']);
      const gone = await withMirrors({ id: 'x', urls: [], mirrorList: `${at}/gone` }, client);
      expect(gone).toEqual({ repository: expect.anything(), problem: expect.stringContaining('answers 404') });
      const own = { id: 'x', urls: ['https://own.example.org'], metalink: `${at}/gone` };
      expect(await withMirrors(own, client)).toEqual({ repository: own });
    } finally {
      server.close();
    }
  });
});

describe('what installers wrote down', () => {
  const hash = 'a'.repeat(64);

  it.each([
    [
      'zypper',
      {
        '/var/log/zypp/history': `# text\n2024-01-01 10:00:00|install|jq|1.6-1.2|x86_64|root@h|oss|${hash}|1|\n2024-01-01 10:00:01|remove |jq|1.6-1.1|x86_64|root@h|\n`,
      },
      'jq-1.6-1.2.x86_64',
      { repository: 'oss', automatic: false, sha256: hash },
    ],
    [
      'yum',
      {
        [`/var/lib/yum/yumdb/j/${'b'.repeat(40)}-jq-1.6-1.el7-x86_64/from_repo`]: 'epel',
        [`/var/lib/yum/yumdb/j/${'b'.repeat(40)}-jq-1.6-1.el7-x86_64/reason`]: 'dep',
        [`/var/lib/yum/yumdb/j/${'b'.repeat(40)}-jq-1.6-1.el7-x86_64/checksum_data`]: hash,
      },
      'jq-1.6-1.el7.x86_64',
      { repository: 'epel', automatic: true, sha256: hash },
    ],
    [
      'dnf 5, a table each',
      {
        '/usr/lib/sysimage/libdnf5/nevras.toml':
          'version = "1.0"\n[nevras]\n[nevras."jq-0:1.6-1.x86_64"]\nfrom_repo = "fedora"\n',
      },
      'jq-1.6-1.x86_64',
      { repository: 'fedora' },
    ],
    [
      'dnf 5, in one line',
      {
        '/usr/lib/sysimage/libdnf5/nevras.toml':
          'version = "1.0"\n[nevras]\n"jq-1.6-1.x86_64" = {from_repo="fedora"}\n',
      },
      'jq-1.6-1.x86_64',
      { repository: 'fedora' },
    ],
  ])('is read of %s', async (_title, texts, id, expected) => {
    const { installations, notes } = await readHistory(files(texts));
    expect(notes).toEqual([]);
    expect([...installations]).toEqual([[id, expected]]);
  });

  it('that cannot be read is told, and the rest is known', async () => {
    const texts = {
      '/var/lib/dnf/history.sqlite': 'no database',
      '/var/log/zypp/history': 'd|install|a|1-1|noarch||r||\n',
    };
    const { installations, notes } = await readHistory(files(texts));
    expect(notes).toEqual([expect.stringContaining("dnf's history")]);
    expect(installations.get('a-1-1.noarch')).toEqual({ repository: 'r', automatic: true });
  });
});

describe('a root that dnf installed', () => {
  const wanted = needs({ root: true, programs: ['dnf', 'rpmbuild', 'createrepo_c', 'gpg'] });
  let folder: string;
  beforeEach(async (context) => {
    await wanted(context);
    folder = await mkdtemp(join(tmpdir(), 'rpm-origins-'));
  });
  afterEach(async () => {
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it('has the repository, the hash and the reason of each package', async () => {
    await using built = await buildRpms([
      { name: 'leaf', version: '2:1-1', files: { '/usr/share/leaf': 'x\n' } },
      { name: 'top', version: '1-1', files: { '/usr/share/top': 'x\n' }, preamble: ['Requires: leaf'] },
    ]);
    await must(['createrepo_c', '--quiet', built.folder]);
    const root = join(folder, 'root');
    mkdirSync(join(root, 'etc/yum.repos.d'), { recursive: true });
    for (const place of ['etc/dnf', 'etc/pki/rpm-gpg']) mkdirSync(join(root, place), { recursive: true });
    const named = 'gpgkey=file:///etc/pki/rpm-gpg/key\n https://example.org/key\n';
    writeFileSync(join(root, 'etc/yum.repos.d/example.repo'), `[example]\nbaseurl=file://${built.folder}\n${named}`);
    writeFileSync(join(root, 'etc/dnf/dnf.conf'), '[main]\ngpgcheck=True\n');
    using key = archiveKey();
    writeFileSync(join(root, 'etc/pki/rpm-gpg/key'), key.armored);
    writeFileSync(join(folder, '.rpmmacros'), '%_dbpath /var/lib/rpm\n');
    const options = [
      '--quiet',
      '--assumeyes',
      '--setopt=keepcache=1',
      '--nogpgcheck',
      '--releasever=40',
      `--installroot=${root}`,
    ];
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder };
    await must(['dnf', ...options, `--setopt=reposdir=${root}/etc/yum.repos.d`, 'install', 'top'], { env });
    await using machine = await directoryMachine(root);
    const database = await parseDatabase((path) => machine.files.read(path).catch(() => undefined));
    const packages = database?.packages ?? [];
    const contents = folderContents(join(folder, 'contents'));
    const found = await findOrigins(
      packages,
      { architecture: 'x86_64', keys: [] },
      { machine, contents, repack: 'none', progress: silent },
    );
    expect(found.notes).toEqual([]);
    const address = 'file:///etc/pki/rpm-gpg/key';
    const keys = [{ address, content: sha256(key.armored) }, { address: 'https://example.org/key' }];
    expect(found.repositories).toEqual([{ id: 'example', urls: [`file://${built.folder}`], gpgCheck: true, keys }]);
    expect(await contents.has(sha256(key.armored))).toBe(true);
    const origins = packages.map((each) => [each.name, found.packages.get(each)] as const);
    for (const [name, origin] of origins) {
      const content = readFileSync(built.files[name] ?? '');
      expect(origin).toMatchObject({ repository: 'example', sha256: sha256(content), size: content.length });
      expect(origin).toMatchObject({ certainty: 'indexed', automatic: name === 'leaf', isAvailable: false });
    }
    expect(origins.map(([name]) => name)).toEqual(['leaf', 'top']);
  });
});

describe('the caches of installers', () => {
  it('offer packages by the names of their files', async () => {
    const root = await mkdtemp(join(tmpdir(), 'rpm-offers-'));
    try {
      const folder = '/var/cache/dnf/base-0123456789abcdef/packages';
      mkdirSync(root + folder, { recursive: true });
      writeFileSync(join(root, folder, 'top-1-1.noarch.rpm'), '');
      await using machine = await directoryMachine(root);
      const offer = await offersOfRpm(machine);
      const planned = { distribution: 'rpm', name: 'top', version: '1-1', used: true };
      const offered = (name: string) => offer({ ...planned, artifact: { name, urls: [] } });
      expect(offered('top-1-1.noarch.rpm')).toEqual({ files: [`${folder}/top-1-1.noarch.rpm`], urls: [] });
      expect(offered('top-1-2.noarch.rpm')).toEqual({ files: [], urls: [] });
    } finally {
      await rm(root, { recursive: true });
    }
  });
});

describe('a package in a repository', () => {
  beforeEach(needs({ programs: ['rpmbuild', 'createrepo_c'] }));

  it('is the installed one where its header is the same, of which alone it is asked', async () => {
    await using built = await buildRpms([{ name: 'leaf', version: '1-1', files: { '/usr/share/leaf': 'x\n' } }]);
    await must(['createrepo_c', '--quiet', built.folder]);
    const index = readdirSync(join(built.folder, 'repodata')).find((name) => name.endsWith('primary.xml.gz')) ?? '';
    const [found] = await collected(readPrimary(readFileSync(join(built.folder, 'repodata', index)), index));
    const range = found?.header ?? { start: 0, end: 0 };
    const file = readFileSync(join(built.folder, found?.location ?? ''));
    const { header } = await openRpmFile(built.paths[0] ?? '');
    const installed = sha256(signedPartOf(header.immutable() ?? Buffer.alloc(0)));
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.headers.range);
      const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
      const part = file.subarray(Number(start), Number(end) + 1);
      response.writeHead(request.url === '/whole' ? 200 : 206).end(part);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    using client = openHttpClient();
    try {
      expect(await isSameHeader(client, `${at}/leaf.rpm`, range, installed)).toBe(true);
      expect(await isSameHeader(client, `${at}/leaf.rpm`, range, sha256('another'))).toBe(false);
      expect(await isSameHeader(client, `${at}/whole`, range, installed)).toBeUndefined();
      expect(asked[0]).toBe(`bytes=${range.start}-${range.end - 1}`);
      expect(range.end - range.start).toBeLessThan(file.length);
    } finally {
      server.close();
    }
  });
});

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
