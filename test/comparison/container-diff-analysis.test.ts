import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { Config } from '@oclif/core';
import { captureOutput } from '@oclif/test';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Snapshot } from '../../src/commands/snapshot.js';
import { type AnalysisInput, containerAnalysis } from '../../src/comparison/container-diff/analyze.js';
import type { SizeEntry } from '../../src/comparison/container-diff/files.js';
import type { Analyzer } from '../../src/comparison/container-diff/kinds.js';
import { packagesOfStatus } from '../../src/comparison/container-diff/listings.js';
import { analyzeAsContainerDiff, diffAsContainerDiff } from '../../src/comparison/container-diff/run.js';
import { sha256 } from '../../src/hash.js';
import { readSources } from '../../src/sources/collect.js';
import { openSource, sourcesOf } from '../../src/sources/open.js';
import type { Source } from '../../src/sources/source.js';
import { entriesOf, type Tree, trieOf } from '../filesystem/diff/trees.js';
import { layerOf, writeLayout, writeSaved } from '../support/images.js';

const project = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'reproman-analysis-'));
beforeAll(() => {
  vi.stubEnv('XDG_DATA_HOME', join(folder, 'data'));
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function analyze(wanted: Analyzer, input: Partial<AnalysisInput>, tree: Tree = {}) {
  return containerAnalysis({ trie: trieOf(entriesOf(tree), []), name: 'one', facts: {}, ...input }, [wanted]);
}

function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

async function ofFolder(name: string, files: Readonly<Record<string, string>>, ...types: Analyzer[]) {
  write(join(folder, name), files);
  const { json } = await analyzeAsContainerDiff({ name, text: `dir:${join(folder, name)}` }, types, {});
  return json[0]?.Analysis;
}

function stanza(name: string, version: string, size: number): string {
  return `Package: ${name}\nStatus: install ok installed\nInstalled-Size: ${size}\nVersion: ${version}\n\n`;
}

// The texts below are what its templates and Go's tabwriter make of the same rows.
describe('what container-diff says of one image', () => {
  it('has each file with its size, and a folder with that of all below', () => {
    const { json, text } = analyze('file', {}, { '/': undefined, '/b': 'bbb', '/a': undefined, '/a/x': 'x' });
    const sized = (Name: string, Size: number) => ({ Name, Size });
    const Analysis = [sized('/a', 1), sized('/a/x', 1), sized('/b', 3)];
    expect(json).toEqual([{ Image: 'one', AnalyzeType: 'File', Analysis }]);
    expect(text).toBe(`
-----File-----

Analysis for one:
FILE        SIZE
/a          1B
/a/x        1B
/b          3B

`);
    expect(analyze('file', {})).toMatchObject({
      json: [{ Analysis: null }],
      text: '\n-----File-----\n\nAnalysis for one: None\n',
    });
  });

  it('has the files and sizes of each layer', () => {
    const layers = [{ '/first': 'first\n' }, {}, { '/third/long': 'seven.\n' }].map((tree, at) => ({
      ...{ digest: `sha256:${at}`, entries: entriesOf(tree), hidden: [], emptied: [] },
    }));
    const read = { layers: { layers, packages: {} } };
    const files = analyze('layer', read);
    expect(files.json[0]?.Analysis).toEqual([[{ Name: '/first', Size: 6 }], null, [{ Name: '/third/long', Size: 7 }]]);
    expect(files.text).toBe(`
-----FileLayer-----


Analysis for one Layer 0:
FILE          SIZE
/first        6B



Analysis for one Layer 1: None


Analysis for one Layer 2:
FILE               SIZE
/third/long        7B


`);
    const sizes = analyze('sizelayer', read);
    expect(sizes.json[0]?.Analysis).toEqual([
      { Name: '0', Digest: 'sha256:0', Size: 6 },
      { Name: '1', Digest: 'sha256:1', Size: 0 },
      { Name: '2', Digest: 'sha256:2', Size: 7 },
    ]);
    expect(sizes.text).toBe(`
-----SizeLayer-----

Analysis for one:
LAYER        DIGEST          SIZE
0            sha256:0        6B
1            sha256:1        0
2            sha256:2        7B

`);
  });

  it('has packages in the order of names, with the places of those that may be there twice', () => {
    const row = (Name: string, Version: string, Size: number) => ({ Name, Version, Size });
    const apt = analyze('apt', { listed: { apt: [row('dash', '0.5', 0), row('adduser', '3.113 nmu3', 849_920)] } });
    expect(apt.json[0]?.Analysis).toEqual([row('adduser', '3.113 nmu3', 849_920), row('dash', '0.5', 0)]);
    expect(apt.text).toBe(`
-----Apt-----

Packages found in one:
NAME            VERSION           SIZE
-adduser        3.113 nmu3        830K
-dash           0.5               0

`);
    const place = '/usr/lib/python2.7/dist-packages';
    const six = { ...row('six', '1.10.0', 30_098), Path: place };
    const pip = analyze('pip', { listed: { pip: [six] } });
    expect(pip.json[0]?.Analysis).toEqual([six]);
    expect(pip.text).toBe(`
-----Pip-----

Packages found in one:
NAME        VERSION        SIZE         INSTALLATION
-six        1.10.0         29.4K        /usr/lib/python2.7/dist-packages

`);
  });

  it('has the lines of the history and of the configuration', () => {
    const image = { layers: [], history: [{ createdBy: ' a ' }, { createdBy: 'b' }] };
    const { json, text } = analyze('history', { facts: { image } });
    expect(json[0]?.Analysis).toEqual(['a', 'b']);
    expect(text).toBe('\n-----History-----\n\nAnalysis for one:\n-a\n-b\n\n');
    expect(analyze('history', {}).text).toBe('\n-----History-----\n\nAnalysis for one: None\n');
    expect(analyze('metadata', {}).json[0]?.Analysis).toHaveLength(21);
  });

  it('has what each layer changed of the packages below, and nothing of a layer without a database', () => {
    const row = (Name: string, Version: string, Size: number) => ({ Name, Version, Size });
    const aptlayer = [
      [row('bb', '2', 2048), row('a', '1', 1024)],
      [],
      [row('a', '1.1', 2048), row('ccc', '3', 3072)],
      [row('a', '1.1', 2048), row('ccc', '3', 3072), row('d', '1', 0)],
    ];
    const { json, text } = analyze('aptlayer', { layers: { layers: [], packages: { aptlayer } } });
    expect(json).toEqual([
      {
        Image: 'one',
        AnalyzeType: 'AptLayer',
        Analysis: [
          { Packages1: [], Packages2: [row('a', '1', 1024), row('bb', '2', 2048)], InfoDiff: [] },
          { Packages1: [], Packages2: [], InfoDiff: null },
          {
            Packages1: [row('bb', '2', 2048)],
            Packages2: [row('ccc', '3', 3072)],
            InfoDiff: [{ Package: 'a', Info1: { Version: '1', Size: 1024 }, Info2: { Version: '1.1', Size: 2048 } }],
          },
          { Packages1: [], Packages2: [row('d', '1', 0)], InfoDiff: [] },
        ],
      },
    ]);
    expect(text).toBe(`
-----AptLayer-----

For Layer 0:
Packages added in this layer:
NAME        VERSION        SIZE
-a          1              1K
-bb         2              2K


For Layer 1: No package changes 

For Layer 2:
Deleted packages from previous layers:
NAME        VERSION        SIZE
-bb         2              2K

Packages added in this layer:
NAME        VERSION        SIZE
-ccc        3              3K

Version differences:
PACKAGE        PREV_LAYER        CURRENT_LAYER 
-a             1, 1K             1.1, 2K


For Layer 3:
Deleted packages from previous layers: None

Packages added in this layer:
NAME        VERSION        SIZE
-d          1              0

Version differences: None

`);
    expect(analyze('rpmlayer', {})).toMatchObject({ json: [{ Analysis: null }], text: '\n-----RPMLayer-----\n\n' });
  });
});

describe('packages as container-diff finds them', () => {
  it('reads the status of dpkg line by line', () => {
    const text = `${stanza('La-Croix', '0.1+extra', 12)}${stanza('libc6', '1:2.36-9', 3)}${stanza('libc6', '9', 4)}`;
    expect(packagesOfStatus(text)).toEqual([
      { Name: 'La-Croix', Version: '0.1 extra', Size: 12_288 },
      { Name: 'libc6', Version: '1:2.36-9', Size: 4096 },
    ]);
  });

  it('lists what Portage installed whose names have one hyphen, with the sizes that it noted', async () => {
    const files = {
      'var/db/pkg/dev-python/pymongo-3.9.0/SIZE': '4096\n',
      'var/db/pkg/dev-python/of-two-1.0/SIZE': '1\n',
      'var/db/pkg/sys-apps/sed-4.8/SIZE': '73\n',
    };
    expect(await ofFolder('gentoo', files, 'emerge')).toEqual([
      { Name: 'dev-python/pymongo', Version: '3.9.0', Size: 4096 },
      { Name: 'sys-apps/sed', Version: '4.8', Size: 73 },
    ]);
  });

  it('leaves Portage out where it is not, and says so where nothing else was asked for', async () => {
    expect(await ofFolder('no-gentoo', { etc: '' }, 'emerge', 'size')).toMatchObject([{ Size: 0 }]);
    await expect(ofFolder('no-gentoo', {}, 'emerge')).rejects.toThrow(/nothing that emerge could look at/);
  });

  it('measures Python packages by what they say that they bring, else by what lies beside them', async () => {
    const site = 'usr/local/lib/python3.9/site-packages';
    const metadata = (name: string, version: string) =>
      `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n\nx`;
    const files = {
      [`${site}/one/__init__.py`]: '12345',
      [`${site}/more.py`]: '123',
      [`${site}/One-1.0.dist-info/METADATA`]: metadata('One', '1.0'),
      [`${site}/One-1.0.dist-info/top_level.txt`]: 'one\nmore\n',
      [`${site}/six-1.10.0.dist-info/METADATA`]: metadata('six', '1.10.0'),
      [`${site}/six.py`]: '1234',
      [`${site}/without.egg-info`]: metadata('without', '2'),
      'usr/lib/python3/dist-packages/debian-1.dist-info/METADATA': metadata('debian', '1'),
      'usr/lib/python2.7/dist-packages/six.py': '12',
      'usr/lib/python2.7/dist-packages/six-1.8.0.egg-info': metadata('six', '1.8.0'),
    };
    const at = (Path: string, Name: string, Version: string, Size: number) => ({ Name, Path, Version, Size });
    expect(await ofFolder('python', files, 'pip')).toEqual([
      at(`/${site}`, 'One', '1.0', 8),
      at(`/${site}`, 'six', '1.10.0', 4),
      at('/usr/lib/python2.7/dist-packages', 'six', '1.8.0', 2),
    ]);
  });

  it('lists Node packages of the two folders that it knows', async () => {
    const files = {
      'node_modules/pax/package.json': '{"name":"pax","version":"0.2.1"}',
      'node_modules/pax/index.js': '1234567890',
      'node_modules/pax/node_modules/deep/package.json': '{"name":"deep","version":"1.0.0"}',
      'node_modules/none/readme': '',
      'usr/local/lib/node_modules/npm/package.json': '{"name":"npm","version":"5.0.3"}',
      'home/node_modules/hidden/package.json': '{"name":"hidden","version":"1.0.0"}',
    };
    expect(await ofFolder('node', files, 'node')).toEqual([
      { Name: 'npm', Path: '/usr/local/lib/node_modules/npm/', Version: '5.0.3', Size: 32 },
      { Name: 'pax', Path: '/node_modules/pax/', Version: '0.2.1', Size: 32 + 10 + 33 },
    ]);
  });

  it('takes versions of rpm without their epochs, and the sizes that rpm has', async () => {
    const fixture = fileURLToPath(new URL('../fixtures/rpm/Packages', import.meta.url));
    const root = join(folder, 'rpm');
    mkdirSync(join(root, 'var/lib/rpm'), { recursive: true });
    cpSync(fixture, join(root, 'var/lib/rpm/Packages'));
    // As `rpm -qa --qf '%{NAME} %{VERSION}-%{RELEASE} %{SIZE}'` tells of this database.
    expect(await ofFolder('rpm', {}, 'rpm')).toEqual([
      { Name: 'one', Version: '2.0~rc1-3', Size: 12 },
      { Name: 'two', Version: '1-1', Size: 2 },
    ]);
  });

  it('takes what a list tells of packages, since it has no contents', async () => {
    const list = join(folder, 'list.json');
    const Analysis = [{ Name: 'adduser', Version: '3.113 nmu3', Size: 849_920 }];
    const files = [{ Name: '/etc', Size: 0 }];
    writeFileSync(
      list,
      JSON.stringify([
        { Image: 'x', AnalyzeType: 'Apt', Analysis },
        { Image: 'x', AnalyzeType: 'File', Analysis: files },
      ]),
    );
    const { json } = await analyzeAsContainerDiff({ name: 'x', text: list }, ['apt'], {});
    expect(json[0]?.Analysis).toEqual(Analysis);
  });
});

describe('the packages of layers', () => {
  const status = '/var/lib/dpkg/status';
  const base = layerOf('var/', 'var/lib/', 'var/lib/dpkg/', { name: status, content: stanza('dash', '1', 1) });
  const plain = layerOf({ name: 'app', content: 'app' });
  const more = layerOf({ name: status, content: stanza('dash', '2', 1) + stanza('sed', '4', 2) });
  const layers = [base, plain, more].map((tar) => ({ tar }));
  const expected = [
    { Packages1: [], Packages2: [{ Name: 'dash', Version: '1', Size: 1024 }], InfoDiff: [] },
    { Packages1: [], Packages2: [], InfoDiff: null },
    {
      Packages1: [],
      Packages2: [{ Name: 'sed', Version: '4', Size: 2048 }],
      InfoDiff: [{ Package: 'dash', Info1: { Version: '1', Size: 1024 }, Info2: { Version: '2', Size: 1024 } }],
    },
  ];

  it.each(['docker-archive', 'oci'])('are read from the database in each layer of an image in %s', async (kind) => {
    const place = join(folder, `layers-${kind}`);
    if (kind === 'oci') writeLayout(place, [{ layers }]);
    else writeSaved(place, [{ layers }]);
    const source = { name: 'image', text: `${kind}:${place}` };
    // Of the second reading the entries are known, and no longer read.
    for (let time = 0; time < 2; time++) {
      const { json } = await analyzeAsContainerDiff(source, ['aptlayer', 'rpmlayer', 'sizelayer', 'apt'], {});
      expect(json.map(({ AnalyzeType }) => AnalyzeType)).toEqual(['Apt', 'AptLayer', 'RPMLayer', 'SizeLayer']);
      const nothing = { Packages1: [], Packages2: [], InfoDiff: null };
      expect(json.map(({ Analysis }) => Analysis)).toEqual([
        [
          { Name: 'dash', Version: '2', Size: 1024 },
          { Name: 'sed', Version: '4', Size: 2048 },
        ],
        expected,
        [nothing, nothing, nothing],
        layers.map(({ tar }, at) => ({
          Name: String(at),
          Digest: `sha256:${sha256(tar)}`,
          Size: [stanza('dash', '1', 1).length, 3, (stanza('dash', '2', 1) + stanza('sed', '4', 2)).length][at],
        })),
      ]);
    }
  });

  it('are not compared between images, as container-diff does not, either', async () => {
    const sources = sourcesOf(['one.tar', 'other.tar']) as [Source, Source];
    await expect(diffAsContainerDiff(sources, ['aptlayer'], {})).rejects.toThrow(/does not compare what aptlayer/);
  });

  it('compares what is installed by the databases of both', async () => {
    write(join(folder, 'before'), { 'var/lib/dpkg/status': stanza('dash', '0.5+1', 10) });
    write(join(folder, 'after'), { 'var/lib/dpkg/status': stanza('dash', '0.6', 10) + stanza('sed', '4', 2) });
    const sources = sourcesOf([`dir:${join(folder, 'before')}`, `dir:${join(folder, 'after')}`]) as [Source, Source];
    const { json, isEqual } = await diffAsContainerDiff(sources, ['apt'], {});
    expect(isEqual).toBe(false);
    expect(json[0]?.Diff).toEqual({
      Packages1: [],
      Packages2: [{ Name: 'sed', Version: '4', Size: 2048 }],
      InfoDiff: [
        { Package: 'dash', Info1: { Version: '0.5 1', Size: 10_240 }, Info2: { Version: '0.6', Size: 10_240 } },
      ],
    });
  });
});

describe('the digest of an image', () => {
  const stored = [
    'H4sIAAAAAAAAA9PTz89LZaAtMDAwMDAzMQHTBgYG6LSBgYExg6GxuZG5iSFE3NDAxMCAQcGAxu4Cg9LiksQiBQWGovz8EnzqCMkPUUD72B8Fo2AUjIJRMBgBADdz4l8ACAAA',
    'H4sIAAAAAAAAA9PTzy/JSC1ioCUwMDAwMDMxAdMGBgbotIGBgSmDobG5kbmJIUTc0MDcxIhBwYCmroKC0uKSxCIFBYai/PwSfOoIyQ9RQPvYHwWjYBSMglEwGAEAnFXd+gAIAAA=',
  ].map((text) => Buffer.from(text, 'base64'));
  const packed = stored.map((content) => ({ tar: gunzipSync(content), stored: content }));
  const plain = packed.map(({ tar }) => ({ tar }));
  const digests = async (kind: string, place: string, platform?: string) => {
    const { json } = await analyzeAsContainerDiff(
      { name: 'image', text: `${kind}:${place}` },
      ['size', 'sizelayer'],
      platform === undefined ? {} : { platform },
    );
    const [size, layers] = json.map(({ Analysis }) => (Analysis as SizeEntry[]).map(({ Digest }) => Digest));
    return { image: size?.[0], layers };
  };
  const digestsOf = (contents: readonly Buffer[]) => contents.map((content) => `sha256:${sha256(content)}`);

  // As `crane digest --tarball` says of it: container-diff reads archives with the same library.
  it('is, of an archive of compressed layers, that of the manifest that they would have', async () => {
    writeSaved(join(folder, 'packed.tar'), [{ name: 'one:1', layers: packed }]);
    expect(await digests('docker-archive', join(folder, 'packed.tar'))).toEqual({
      image: 'sha256:fed0ed37bd3c23a9ad443ad2d19033aaa66d20502335353832cd459d73173782',
      layers: digestsOf(stored),
    });
  });

  it('is not known of one of plain layers, which container-diff compresses in its own way', async () => {
    writeSaved(join(folder, 'plain.tar'), [{ name: 'one:1', layers: plain }]);
    expect(await digests('docker-archive', join(folder, 'plain.tar'))).toEqual({
      image: '',
      layers: digestsOf(plain.map(({ tar }) => tar)),
    });
  });

  it('is that of its manifest in a layout', async () => {
    const layout = join(folder, 'layout');
    writeLayout(layout, [{ layers: packed }]);
    const { manifests } = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
    expect(await digests('oci', layout)).toEqual({ image: manifests[0].digest, layers: digestsOf(stored) });
  });

  it('is that of the manifest of its platform in a registry', async () => {
    const layout = join(folder, 'served');
    writeLayout(layout, [{ layers: packed, platform: { os: 'linux', architecture: 'amd64' } }]);
    const index = readFileSync(join(layout, 'index.json'));
    const server = createServer(({ url = '' }, answer) => {
      const digest = /sha256:([0-9a-f]{64})$/.exec(url)?.[1];
      if (digest !== undefined) answer.end(readFileSync(join(layout, 'blobs/sha256', digest)));
      else answer.writeHead(url.endsWith('/manifests/1') ? 200 : 404).end(index);
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    try {
      const { port } = server.address() as AddressInfo;
      const { digest } = JSON.parse(index.toString()).manifests[0];
      expect(await digests('registry', `127.0.0.1:${port}/lab/one:1`, 'amd64')).toEqual({
        image: digest,
        layers: digestsOf(stored),
      });
    } finally {
      server.close();
    }
  });

  it('is there where packages are asked for, too', async () => {
    await using open = await openSource(
      { name: 'x', text: `oci:${join(folder, 'layout')}` },
      { hash: true, packages: true },
    );
    expect((await open.manifest?.())?.layers).toEqual(digestsOf(stored));
  });
});

describe('reproman snapshot --format container-diff', () => {
  async function snapshot(...args: string[]) {
    const { oclif, ...pjson } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
    const config = await Config.load({ root: project, pjson: { ...pjson, oclif: { bin: oclif.bin } } });
    const { stdout, stderr } = await captureOutput(() => Snapshot.run(args, config), { print: false });
    process.exitCode = undefined;
    return { stdout, stderr };
  }

  it('prints its text, or its JSON, or writes that into a file that is a source', async () => {
    const root = join(folder, 'command');
    write(root, { 'a/b': 'bb' });
    const asked = [`one=dir:${root}`, '--format', 'container-diff'];
    expect((await snapshot(...asked)).stdout).toBe(
      '\n-----File-----\n\nAnalysis for one:\nFILE        SIZE\n/a          2B\n/a/b        2B\n\n',
    );
    const { stdout } = await snapshot(...asked, '-t', 'size', '--json');
    expect(JSON.parse(stdout)).toEqual([
      { Image: 'one', AnalyzeType: 'Size', Analysis: [{ Name: 'one', Digest: '', Size: 2 }] },
    ]);
    const list = join(folder, 'written.json');
    await snapshot(...asked, '-o', list);
    const { trie } = await readSources([{ name: 'list', text: list }], { hash: false });
    expect([...trie].map(({ path, size }) => [path, size])).toContainEqual(['/a/b', 2]);
  });

  it('says what --type is for', async () => {
    expect((await snapshot(folder, '--type', 'apt')).stderr).toMatch(/--type is for --format container-diff/);
  });
});
