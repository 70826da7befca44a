import { describe, expect, it } from 'vitest';
import { distributions } from '../../../src/distributions/registry.js';
import { ReproError } from '../../../src/errors.js';
import { manifestDigest, parseManifest } from '../../../src/spec/document/manifest.js';

const head = 'version: 1\nbase: { distribution: debian, release: "12", architecture: amd64 }\n';

async function complaint(text: string): Promise<string> {
  try {
    await parseManifest(text, 'environment.yml');
  } catch (error) {
    if (!(error instanceof ReproError)) throw error;
    expect(error.kind).toBe('usage');
    return `${error.where}: ${error.message}`;
  }
  return 'valid';
}

describe('parseManifest', () => {
  it.each([
    ['debian', 'amd64'],
    ['debian', 'kfreebsd-amd64'],
    ['rpm', 'x86_64'],
    ['apk', 'ppc64le'],
  ])('knows the architecture of %s %s', async (distribution, architecture) => {
    const base = head.replace('amd64', architecture).replace('debian', distribution);
    expect(await complaint(base)).toBe('valid');
  });

  it.each([
    ['12', 'bookworm'],
    ['12.5', 'bookworm'],
    ['trixie', 'trixie'],
    ['22.04', 'jammy'],
    ['12', 'a-derivative'],
  ])('takes the codename of release %s to be %s', async (release, codename) => {
    const base = `base: { distribution: debian, release: "${release}", codename: ${codename}, architecture: amd64 }`;
    expect(await complaint(`version: 1\n${base}\n`)).toBe('valid');
  });

  it.each<[string, string, string]>([
    ['an unknown key', `${head}runz: []\n`, 'environment.yml:3:1: runz is not a known key; did you mean runs?'],
    [
      'an unknown key inside',
      'version: 1\nbase:\n  distribution: debian\n  relase: "12"\n  release: "12"\n  architecture: amd64\n',
      'environment.yml:4:3: base.relase is not a known key; did you mean release?',
    ],
    [
      'an unknown key of a distribution',
      `${head}distributions:\n  - name: debian\n    packges: [jq]\n    packages: []\n`,
      'environment.yml:5:5: distributions.0.packges is not a known key; did you mean packages?',
    ],
    [
      'a key far from any',
      `${head}files:\n  - { path: /a, carried: true, colour: red }\n`,
      'environment.yml:4:32: files.0.colour is not a known key; known keys: path, sha256, target, tree, size, mode, owner, carried, why, origin, managed',
    ],
    [
      'a number where text belongs',
      'version: 1\nbase: { distribution: debian, release: 12.10, architecture: amd64 }\n',
      'environment.yml:2:40: base.release: expected text, found the number 12.1; write it as "12.10"',
    ],
    [
      'a mode without quotes',
      `${head}files:\n  - path: /a\n    mode: 0644\n    carried: false\n`,
      'environment.yml:5:11: files.0.mode: expected text, found the number 644; write it as "0644"',
    ],
    [
      'a missing key',
      'version: 1\nbase: { distribution: debian, release: "12" }\n',
      'environment.yml:2:7: base.architecture is missing; expected text',
    ],
    [
      'the codename of another release',
      'version: 1\nbase: { distribution: debian, release: "12", codename: trixie, architecture: amd64 }\n',
      'environment.yml:2:56: base.codename: expected bookworm, which is the codename of Debian 12, found trixie',
    ],
    [
      'a control character in a path',
      `${head}files:\n  - { path: "/a\\eb", carried: true }\n`,
      'environment.yml:4:13: files.0.path: expected a path whose control characters are written as \\xNN, found "/a\\u001bb"',
    ],
    ['a missing base', 'version: 1\n', 'environment.yml:1:1: base is missing; expected keys with values'],
    [
      'a list where keys belong',
      'version: 1\nbase:\n  - debian\n',
      'environment.yml:3:3: base: expected keys with values, found a list',
    ],
    [
      'a word outside the choice',
      'version: 1\nbase: { distribution: debian, release: "12", architecture: amd64, layout: split }\n',
      'environment.yml:2:75: base.layout: expected merged-usr or split-usr, found "split"',
    ],
    [
      'shell metacharacters in a package name',
      `${head}distributions:\n  - name: debian\n    packages:\n      - jq\n      - "jq; rm -rf /"\n`,
      'environment.yml:7:9: distributions.0.packages.1: expected a Debian package as name, name=version, name>=version or name:architecture=version, found "jq; rm -rf /"',
    ],
    [
      'a path as package name',
      `${head}distributions:\n  - { name: debian, packages: [../../etc/passwd] }\n`,
      'environment.yml:4:32: distributions.0.packages.0: expected a Debian package as name, name=version, name>=version or name:architecture=version, found "../../etc/passwd"',
    ],
    [
      'a path that climbs',
      `${head}files:\n  - { path: /opt/../etc/passwd, carried: true }\n`,
      'environment.yml:4:13: files.0.path: expected a path without . or .. parts, found "/opt/../etc/passwd"',
    ],
    [
      'a relative path',
      `${head}files:\n  - { path: opt/tool, carried: true }\n`,
      'environment.yml:4:13: files.0.path: expected an absolute path, found "opt/tool"',
    ],
    [
      'a hash that climbs',
      `${head}files:\n  - { path: /a, sha256: ../../etc/passwd, carried: true }\n`,
      'environment.yml:4:25: files.0.sha256: expected a SHA-256 in 64 hexadecimal digits, found "../../etc/passwd"',
    ],
    [
      'an unknown distribution',
      `${head}distributions:\n  - { name: portage, packages: [] }\n`,
      `environment.yml:4:13: there is no distribution "portage"; known: ${Object.keys(distributions).join(', ')}`,
    ],
    [
      'a misspelt distribution',
      `${head}distributions:\n  - { name: Debain, packages: [] }\n`,
      'environment.yml:4:13: there is no distribution "Debain"; did you mean debian?',
    ],
    [
      'a distribution twice',
      `${head}distributions:\n  - { name: debian, packages: [jq] }\n  - { name: debian, packages: [gawk] }\n`,
      'environment.yml:5:13: distributions.1.name: "debian" is there twice; expected it once',
    ],
    [
      'a comparison that is none',
      `${head}runs:\n  - id: a\n    command: [a]\n    cwd: /\n    outputs:\n      - { path: /o, compare: bites }\n`,
      'environment.yml:8:30: runs.0.outputs.0.compare: expected bytes, ignore, gzip, zip, tar, image, pdf, netcdf, hdf5, nifti, npy, csv, tsv, json, jsonl, text, numbers or keys with values, found "bites"',
    ],
    [
      'a tolerance with a misspelt key',
      `${head}runs:\n  - id: a\n    command: [a]\n    cwd: /\n    outputs:\n      - { path: /o, compare: { numbers: { absolut: 1 } } }\n`,
      'environment.yml:8:43: runs.0.outputs.0.compare.numbers.absolut is not a known key; did you mean absolute?',
    ],
    [
      'an empty command',
      `${head}runs:\n  - { id: a, command: [], cwd: / }\n`,
      'environment.yml:4:23: runs.0.command: expected at least 1 items, found a list',
    ],
    [
      'an architecture as the kernel calls it',
      'version: 1\nbase:\n  distribution: debian\n  release: "12"\n  architecture: x86_64\n',
      'environment.yml:5:17: base.architecture: expected a Debian architecture, found "x86_64"',
    ],
    [
      'a release that is none',
      'version: 1\nbase:\n  distribution: rpm\n  release: "$(id)"\n  architecture: x86_64\n',
      'environment.yml:4:12: base.release: expected a release such as 12 or fedora 40, found "$(id)"',
    ],
    [
      'a newer version',
      'version: 2\nanything: goes\n',
      'environment.yml:1:10: version 2 of the spec needs a newer reproman; this one reads 1',
    ],
    ['a version that is none', 'version: one\n', 'environment.yml:1:10: version: expected 1, found "one"'],
    ['a missing version', 'base: {}\n', 'environment.yml: version is missing: this may not be a spec of reproman'],
    [
      'an empty file',
      '',
      'environment.yml: a spec has keys such as version, base and distributions; this file is empty',
    ],
    [
      'a file of something else',
      '- a\n- b\n',
      'environment.yml: a spec has keys such as version, base and distributions; this file holds something else',
    ],
    ['a key twice', `${head}version: 1\n`, 'environment.yml:3:1: not valid YAML: the same key is there twice'],
    [
      'two documents',
      `${head}---\nversion: 1\n`,
      'environment.yml:3:1: not valid YAML: the file holds more than one document',
    ],
    [
      'a tab',
      'version: 1\nbase:\n\tdistribution: debian\n',
      'environment.yml:3:1: not valid YAML: tabs cannot indent; use spaces',
    ],
    [
      'a bracket left open',
      'version: 1\nbase: { distribution: debian\n',
      'environment.yml:3:1: not valid YAML: flow map in block collection must be sufficiently indented and end with a }',
    ],
    [
      'an alias bomb',
      `${head}a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n`,
      'environment.yml: the aliases (*name) of the spec expand to too much',
    ],
    [
      'several problems',
      `${head}runz: []\nfiles: [{ path: a, carried: true }]\n`,
      'environment.yml: the spec has 2 problems: environment.yml:3:1: runz is not a known key; did you mean runs? environment.yml:4:17: files.0.path: expected an absolute path, found "a".',
    ],
  ])('says where and what: %s', async (_case, text, expected) => {
    expect(await complaint(text)).toBe(expected);
  });

  it('survives nesting that no spec has', async () => {
    expect(await complaint(`${head}files: ${'['.repeat(20_000)}\n`)).toMatch(/nested too deeply|not valid YAML/);
  });

  it('gives the same digest whatever the comments, the layout and the order of keys', async () => {
    const one = await parseManifest(`# a\n${head}`, 'a.yml');
    const other = await parseManifest(
      'base:\n  architecture: amd64 # b\n  release: "12"\n  distribution: debian\nversion: 1\n',
      'b.yml',
    );
    expect(manifestDigest(other)).toBe(manifestDigest(one));
    const edited = await parseManifest(head.replace('"12"', '"13"'), 'a.yml');
    expect(manifestDigest(edited)).not.toBe(manifestDigest(one));
  });
});
