import { gzipSync } from 'node:zlib';
import type { ListFacts } from '../../../src/filesystem/lists/format.js';
import type { ListFormatName } from '../../../src/filesystem/lists/registry.js';
import type { PartialEntry } from '../../../src/filesystem/trie/values.js';
import { sha256 } from '../../../src/hash.js';

const hash = (letter: string) => letter.repeat(64);

/** One list in each form, and what it says. */
interface Sample {
  readonly format: ListFormatName;
  readonly content: Buffer | string;
  readonly entries: readonly object[];
  readonly facts?: ListFacts;
}

/** As `mtree -c -k type,mode,uid,gid,size,time,link,sha256` of NetBSD writes it, with times and hashes of our own. */
const mtree = `#	   user: (null)
#	machine: host
# .
/set type=file uid=0 gid=0 mode=0755
.               type=dir time=1795315093.62817473

# ./a
/set type=file uid=0 gid=0 mode=0644
a               type=dir mode=0755 time=5.7
    \\#h=ash     size=1 time=6.7 \\
                sha256=${hash('a')}
    caf\\M-i     size=1 nochange
    new\\nline   size=1
    sp\\sace     type=fifo

# ./a/b
b               type=dir mode=01777
    l           type=link link=../f\\040g
# ./a/b
..
    z           size=2
# ./a
..
./whole/path type=file size=3 sha256digest=${hash('b')}
`;

const mtreeEntries: readonly PartialEntry[] = [
  { path: '/', type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 1795315093 },
  { path: '/a', type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 5 },
  { path: '/a/#h=ash', type: 'file', mode: 0o644, uid: 0, gid: 0, size: 1, mtime: 6, hash: hash('a') },
  { path: '/a/caf\xe9', type: 'file', mode: 0o644, uid: 0, gid: 0, size: 1 },
  { path: '/a/new\nline', type: 'file', mode: 0o644, uid: 0, gid: 0, size: 1 },
  { path: '/a/sp ace', type: 'fifo', mode: 0o644, uid: 0, gid: 0 },
  { path: '/a/b', type: 'directory', mode: 0o1777, uid: 0, gid: 0 },
  { path: '/a/b/l', type: 'symlink', mode: 0o644, uid: 0, gid: 0, target: '../f g' },
  { path: '/a/z', type: 'file', mode: 0o644, uid: 0, gid: 0, size: 2 },
  { path: '/whole/path', type: 'file', mode: 0o644, uid: 0, gid: 0, size: 3, hash: hash('b') },
] as readonly object[] as readonly PartialEntry[];

/** By syft's published schema, version 16. */
const syft = {
  artifacts: [
    {
      ...{ id: '1', name: 'jq', version: '1.6-2.1', type: 'deb', purl: 'pkg:deb/debian/jq@1.6-2.1?arch=amd64' },
      locations: [{ path: '/var/lib/dpkg/status' }],
      metadata: {
        architecture: 'amd64',
        installedSize: 12,
        files: [{ path: '/usr/bin/jq', digest: { algorithm: 'md5', value: 'x' } }],
      },
    },
    { id: '2', name: 'numpy', version: '1.26', type: 'python', locations: [{ path: '/v/numpy/METADATA' }] },
  ],
  files: [
    {
      ...{ id: '3', location: { path: '/usr/bin/jq', layerID: 'sha256:1' } },
      metadata: { mode: 4755, type: 'RegularFile', userID: 0, groupID: 5, size: 30, mimeType: 'x' },
      digests: [
        { algorithm: 'sha1', value: 'y' },
        { algorithm: 'sha256', value: hash('c') },
      ],
    },
    {
      id: '4',
      location: { path: '/bin' },
      metadata: { mode: 777, type: 'SymbolicLink', linkDestination: 'usr/bin', size: 0 },
    },
  ],
  source: {
    id: 's',
    name: 'debian',
    type: 'image',
    metadata: { userInput: 'debian:12', tags: ['debian:12'], architecture: 'amd64', labels: { a: 'b' } },
  },
  distro: { id: 'debian', versionID: '12' },
  schema: { version: '16.0.0' },
};

/** By the specification of SPDX 2.3, as syft writes it. */
const spdx = {
  ...{ spdxVersion: 'SPDX-2.3', SPDXID: 'SPDXRef-DOCUMENT', name: 'debian:12' },
  packages: [
    {
      SPDXID: 'SPDXRef-jq',
      name: 'jq',
      versionInfo: '1.6-2.1',
      externalRefs: [
        {
          referenceCategory: 'PACKAGE-MANAGER',
          referenceType: 'purl',
          referenceLocator: 'pkg:deb/debian/jq@1.6-2.1%2Bb1?arch=amd64&distro=debian-12',
        },
      ],
    },
    { SPDXID: 'SPDXRef-image', name: 'debian', versionInfo: '12' },
  ],
  files: [
    { SPDXID: 'SPDXRef-f', fileName: 'usr/bin/jq', checksums: [{ algorithm: 'SHA256', checksumValue: hash('d') }] },
  ],
  relationships: [{ spdxElementId: 'SPDXRef-jq', relatedSpdxElement: 'SPDXRef-f', relationshipType: 'CONTAINS' }],
};

/** By the specification of CycloneDX 1.6. */
const cycloneDx = {
  ...{
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    metadata: { component: { type: 'container', name: 'alpine:3.19' } },
  },
  components: [
    { type: 'library', name: 'musl', version: '1.2', purl: 'pkg:apk/alpine/musl@1.2?arch=x86_64' },
    { type: 'operating-system', name: 'alpine', version: '3.19' },
    { type: 'file', name: '/lib/ld-musl.so.1', hashes: [{ alg: 'SHA-256', content: hash('e') }] },
  ],
};

/** By the documentation of ReproZip's configuration, version 0.8. */
const reprozip = `# ReproZip configuration file
version: "0.8"
runs:
- architecture: x86_64
  argv: [echo, '$A']
  binary: /bin/echo
  distribution: [Ubuntu, '12.04']
  environ: {TERM: xterm, A: '1.10'}
  id: run0
inputs_outputs:
- {name: arg1, path: /home/me/data.txt, read_by_runs: [0], written_by_runs: []}
packages:
  - name: "base-files"
    version: "6.10"
    size: 429056
    packfiles: true
    files:
      # Total files used: 11.0 bytes
      - "/etc/debian_version" # 11.0 bytes
other_files:
  - "/home/me/caf\u00e9" # Directory
  - "/home/me/data.txt"
`;
const reprozipFacts: ListFacts = {
  packages: [{ distribution: 'debian', name: 'base-files', version: '6.10', size: 429056 }],
  environment: { TERM: 'xterm', A: '1.10' },
  system: { ID: 'ubuntu', VERSION_ID: '12.04' },
};

/** One member of a ustar archive: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06 */
export function member(name: string, content: Buffer | string, mode = 0o644): Buffer {
  const bytes = Buffer.from(content);
  const header = Buffer.alloc(512);
  const fields: readonly (readonly [string, number])[] = [
    ...([
      [name, 0],
      [`${mode.toString(8).padStart(7, '0')}\0`, 100],
      ['0000000\0', 108],
      ['0000000\0', 116],
    ] as const),
    ...([
      [`${bytes.length.toString(8).padStart(11, '0')}\0`, 124],
      ['00000000007\0', 136],
      ['        ', 148],
      ['0', 156],
      ['ustar\x0000', 257],
    ] as const),
  ];
  for (const [text, at] of fields) header.write(text, at, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return Buffer.concat([header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

const end = Buffer.alloc(1024);
const data = gzipSync(Buffer.concat([member('DATA/etc/debian_version', '7\n'), end]));

export const samples: readonly Sample[] = [
  { format: 'mtree', content: mtree, entries: mtreeEntries },
  {
    format: 'syft',
    content: JSON.stringify(syft),
    entries: [
      {
        path: '/usr/bin/jq',
        type: 'file',
        mode: 0o4755,
        uid: 0,
        gid: 5,
        size: 30,
        hash: hash('c'),
        package: 'debian jq:amd64 1.6-2.1',
      },
      { path: '/bin', type: 'symlink', mode: 0o777, target: 'usr/bin' },
      { path: '/v/numpy/METADATA', package: 'python numpy 1.26' },
    ],
    facts: {
      packages: [
        { distribution: 'debian', name: 'jq', version: '1.6-2.1', architecture: 'amd64', size: 12288 },
        { distribution: 'python', name: 'numpy', version: '1.26' },
      ],
      system: { ID: 'debian', VERSION_ID: '12' },
      image: { names: ['debian:12'], architecture: 'amd64', labels: { a: 'b' } },
    },
  },
  {
    format: 'spdx',
    content: JSON.stringify(spdx),
    entries: [{ path: '/usr/bin/jq', hash: hash('d'), package: 'debian jq:amd64 1.6-2.1+b1' }],
    facts: {
      packages: [{ distribution: 'debian', name: 'jq', version: '1.6-2.1+b1', architecture: 'amd64' }],
      image: { names: ['debian:12'] },
    },
  },
  {
    format: 'cyclonedx',
    content: JSON.stringify(cycloneDx),
    entries: [{ path: '/lib/ld-musl.so.1', hash: hash('e') }],
    facts: {
      packages: [{ distribution: 'apk', name: 'musl', version: '1.2', architecture: 'x86_64' }],
      ...{ system: { ID: 'alpine', VERSION_ID: '3.19' }, image: { names: ['alpine:3.19'] } },
    },
  },
  {
    format: 'guts',
    content: JSON.stringify({
      'docker.io/me/salad:latest': {
        ...{ paths: { '/usr/bin': ['jq'] }, fs: ['/code/salad', '/usr/bin/jq'] },
        ...{ entrypoint: ['/code/salad'], cmd: null, workingdir: '', labels: null },
      },
    }),
    entries: [{ path: '/code/salad' }, { path: '/usr/bin/jq' }],
    facts: { image: { names: ['docker.io/me/salad:latest'], entrypoint: ['/code/salad'] } },
  },
  {
    format: 'reprozip',
    content: reprozip,
    entries: [
      { path: '/etc/debian_version', package: 'debian base-files 6.10' },
      { path: '/home/me/caf\xc3\xa9' },
      { path: '/home/me/data.txt' },
    ],
    facts: reprozipFacts,
  },
  {
    format: 'rpz',
    content: Buffer.concat([
      member('METADATA/version', 'REPROZIP VERSION 2\n'),
      member('METADATA/config.yml', reprozip),
      member('DATA.tar.gz', data),
      end,
    ]),
    entries: [
      {
        path: '/etc/debian_version',
        type: 'file',
        mode: 0o644,
        uid: 0,
        gid: 0,
        size: 2,
        mtime: 7,
        hash: sha256('7\n'),
        package: 'debian base-files 6.10',
      },
      { path: '/home/me/caf\xc3\xa9' },
      { path: '/home/me/data.txt' },
    ],
    facts: reprozipFacts,
  },
  {
    format: 'reproman',
    content: `version: 0.0.1
distributions:
- name: debian
  version: '12'
  packages:
  - {name: jq, version: 1.10, architecture: amd64, files: [/usr/bin/jq]}
- name: venv
  environments:
  - {path: /v, packages: [{name: six, version: 1.16.0, files: [lib/six.py]}]}
files: [/etc/x]
`,
    entries: [
      { path: '/usr/bin/jq', package: 'debian jq:amd64 1.10' },
      { path: '/v/lib/six.py', package: 'python six 1.16.0 /v' },
      { path: '/etc/x' },
    ],
    facts: {
      packages: [
        { distribution: 'debian', name: 'jq', version: '1.10', architecture: 'amd64' },
        { distribution: 'python', name: 'six', version: '1.16.0', at: '/v' },
      ],
      system: { ID: 'debian', VERSION_ID: '12' },
    },
  },
  {
    format: 'container-diff',
    content: JSON.stringify([
      { Image: 'me/x', AnalyzeType: 'Apt', Analysis: [{ Name: 'adduser', Version: '3.113 nmu3ubuntu4', Size: 1024 }] },
      { Image: 'me/x', AnalyzeType: 'File', Analysis: [{ Name: '/a', Size: 3 }] },
    ]),
    entries: [{ path: '/a', size: 3 }],
    facts: {
      image: { names: ['me/x'] },
      packages: [{ distribution: 'debian', name: 'adduser', version: '3.113+nmu3ubuntu4', size: 1024 }],
    },
  },
  {
    format: 'find',
    content: 'f\t644\t0\t0\t1\t1.5\t./a b\t\nl\t777\t0\t0\t1\t2\t./l\ta b\n',
    entries: [
      { path: '/a b', type: 'file', mode: 0o644, uid: 0, gid: 0, size: 1, mtime: 1 },
      { path: '/l', type: 'symlink', mode: 0o777, uid: 0, gid: 0, mtime: 2, target: 'a b' },
    ],
  },
];
