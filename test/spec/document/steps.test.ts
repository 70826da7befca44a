import { expect, it } from 'vitest';
import { parseManifest } from '../../../src/spec/document/manifest.js';
import { manifestText } from '../../../src/spec/document/manifest-text.js';
import type { Manifest } from '../../../src/spec/document/schema.js';

const head = 'version: 1\nbase: { distribution: debian, release: "12", architecture: amd64 }\n';
const hash = 'a'.repeat(64);

it('reads steps of all kinds as people write them, and writes them so that they are read the same', async () => {
  const text = `${head}steps:
  - id: install
    command: [./install.sh, --prefix=/opt/lab]
    cwd: /srv/lab
    environment: { LANG: C }
    makes:
      - { path: /opt/lab/bin/lab, sha256: ${hash}, mode: "0755", carried: true }
  - { id: copy, copy: /srv/lab/table, path: /usr/local/share/table }
  - { id: data, download: "https://example.org/data.csv", path: /srv/data.csv, sha256: ${hash} }
`;
  const manifest = await parseManifest(text, 'environment.yml');
  expect(manifest.steps).toMatchObject([
    { id: 'install', umask: '0022', exit: 0, inputs: [] },
    { id: 'copy', copy: '/srv/lab/table', makes: [] },
    { id: 'data', mode: '0644', owner: '0:0', carried: false },
  ]);
  const again = await parseManifest(manifestText(manifest, 'environment.schema.json'), 'environment.yml');
  expect(again).toEqual(manifest satisfies Manifest);
});

it.each([
  ['an address that is none', `{ id: a, download: "ftp://x", path: /x, sha256: ${hash} }`, 'steps.0.download'],
  ['a download without its hash', '{ id: a, download: "https://example.org/x", path: /x }', 'steps.0.sha256'],
  ['an id that is no part of a name', '{ id: ../a, command: [x] }', 'steps.0.id'],
])('says where and what: %s', async (_case, step, where) => {
  await expect(parseManifest(`${head}steps:\n  - ${step}\n`, 'environment.yml')).rejects.toThrow(where);
});

it('wants each id once', async () => {
  const twice = `${head}steps:\n  - { id: a, command: [x] }\n  - { id: a, command: [y] }\n`;
  await expect(parseManifest(twice, 'environment.yml')).rejects.toThrow('"a" is there twice');
  const shared = `${head}steps:\n  - { id: a, command: [x] }\nruns:\n  - { id: a, command: [y], cwd: / }\n`;
  await expect(parseManifest(shared, 'environment.yml')).rejects.toThrow('"a" is the id of a step too');
});
