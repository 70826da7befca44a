import { describe, expect, it } from 'vitest';
import { formatSpecDifferences } from '../../../src/spec/diff/format.js';
import { satisfies } from '../../../src/spec/diff/satisfies.js';
import { between, ofReproman, packagesBetween } from './specs.js';

const debian = (...packages: string[]) => `distributions:\n- name: debian\n  packages: [${packages.join(', ')}]\n`;
const conda = (packages: string, path = '/opt/conda/envs/bar') =>
  `distributions:\n- name: conda\n  path: /opt/conda\n  environments:\n  - {name: bar, path: ${path}, packages: [${packages}]}\n`;
const venv = (packages: string, path = '/home/me/env') =>
  `distributions:\n- name: venv\n  environments: [{path: ${path}, packages: [${packages}]}]\n`;
const list = (name: string, packages: string) => `distributions:\n- name: ${name}\n  packages: [${packages}]\n`;
const git = (fields: string) => list('git', `{root_hexsha: ${'a'.repeat(40)}, ${fields}}`);

/** Specs as ReproMan writes them and people wrote them for it: what its own diff refused, missed or broke on. */
describe('specs of ReproMan', () => {
  it.each<[fault: string, before: string, after: string, packages: readonly string[]]>([
    [
      'a package changed that says no architecture',
      debian('{name: jq, version: 1.6-1}'),
      debian('{name: jq, version: 1.7-1}'),
      ['upgraded debian jq'],
    ],
    [
      'some say an architecture and some do not',
      debian('{name: b}', '{name: a, architecture: x86}'),
      debian('{name: a, architecture: x86}'),
      ['removed debian b'],
    ],
    [
      'names alone, sorted beside versions',
      debian('{name: b}', '{name: a}'),
      debian('{name: b, version: "1"}', '{name: a}'),
      ['version debian b'],
    ],
    [
      'packages written as text',
      debian('libc6-dev', '"jq>=1.5"'),
      debian('libc6-dev', '"jq>=1.6"'),
      ['version debian jq'],
    ],
    [
      'another architecture',
      debian('{name: a, architecture: x86, version: 2.4.6}'),
      debian('{name: a, architecture: amd64, version: 2.4.6}'),
      ['architecture debian a'],
    ],
    [
      'two architectures of one package',
      debian('{name: z, architecture: i386, version: "1"}', '{name: z, architecture: amd64, version: "1"}'),
      debian('{name: z, architecture: i386, version: "1"}', '{name: z, architecture: amd64, version: "2"}'),
      ['upgraded debian z'],
    ],
    ['an epoch', debian('{name: a, version: "9.0-1"}'), debian('{name: a, version: "1:1.0-1"}'), ['upgraded debian a']],
    [
      'a version that YAML would take for a number',
      debian('{name: a, version: 1.10}'),
      debian('{name: a, version: 1.9}'),
      ['downgraded debian a'],
    ],
    [
      'several distributions of one kind',
      `${debian('{name: a}')}- {name: debian, packages: [{name: b}]}\n`,
      debian('{name: a}', '{name: b}'),
      [],
    ],
    [
      'distributions by their names',
      'distributions:\n  debian:\n    packages: [a]\n  conda:\n',
      debian('{name: a}'),
      [],
    ],
    [
      'kinds in another order',
      `${debian('{name: a}')}- {name: git, packages: []}\n`,
      `distributions:\n- {name: git, packages: []}\n- {name: debian, packages: [{name: a}]}\n`,
      [],
    ],
    [
      'a package of pip in an environment of conda, without a build',
      conda('{name: six, installer: pip, version: 1.10}'),
      conda('{name: six, installer: pip, version: 1.11}'),
      ['upgraded python six'],
    ],
    [
      'another build of conda',
      conda('{name: a, version: "1", build: py36_0}'),
      conda('{name: a, version: "1", build: h1_0}'),
      ['build conda a'],
    ],
    [
      'the order of versions of conda',
      conda('{name: a, version: 1.0.1}'),
      conda('{name: a, version: 1.0.1_}'),
      ['downgraded conda a'],
    ],
    [
      'one package in two environments of conda',
      `${conda('{name: a, version: "1"}')}  - {name: baz, path: /e/baz, packages: [{name: a, version: "1"}]}\n`,
      `${conda('{name: a, version: "1"}')}  - {name: baz, path: /e/baz, packages: [{name: a, version: "2"}]}\n`,
      ['upgraded conda a'],
    ],
    [
      'a virtual environment',
      venv('{name: six, version: 1.12.0}'),
      venv('{name: six, version: 1.16.0}, {name: rpaths, version: "0.13"}'),
      ['added python rpaths', 'upgraded python six'],
    ],
    [
      'an environment at another place',
      venv('{name: six, version: 1.12.0}'),
      venv('{name: six, version: 1.12.0}', '/srv/env'),
      ['moved python six'],
    ],
    [
      'rpm, with the release',
      list('redhat', '{name: fido, version: "1.1.2", release: 1.el7, architecture: x86_64}'),
      list('redhat', '{name: fido, version: "1.1.2", release: 2.el7, architecture: x86_64}'),
      ['upgraded rpm fido'],
    ],
    [
      'images of Docker',
      list('docker', '{id: sha256:1, repo_tags: [busybox]}'),
      list('docker', '{id: sha256:2, repo_tags: [busybox]}'),
      ['version docker busybox'],
    ],
    [
      'images of Singularity',
      'distributions:\n- name: singularity\n  images: [{md5: a1, url: "shub://x/y"}]\n',
      'distributions:\n- name: singularity\n  images: [{md5: b2, url: "shub://x/y"}]\n',
      ['version singularity shub://x/y'],
    ],
    [
      'one repository at another place',
      git(`path: /a/repo, hexsha: ${'b'.repeat(40)}`),
      git(`path: /c/other, hexsha: ${'b'.repeat(40)}`),
      [],
    ],
    [
      'another commit',
      git(`path: /a/repo, hexsha: ${'b'.repeat(40)}`),
      git(`path: /a/repo, hexsha: ${'c'.repeat(40)}`),
      ['version git repo'],
    ],
    [
      'another branch',
      git(`path: /a/repo, branch: main, hexsha: ${'b'.repeat(40)}`),
      git(`path: /a/repo, branch: dev, hexsha: ${'b'.repeat(40)}`),
      ['changed git repo branch'],
    ],
    [
      'other remotes',
      git(`path: /a/repo, hexsha: ${'b'.repeat(40)}, remotes: {origin: {url: "https://one.example/r"}}`),
      git(`path: /a/repo, hexsha: ${'b'.repeat(40)}, remotes: {origin: {url: "https://two.example/r"}}`),
      ['origin git repo'],
    ],
    [
      'other repositories',
      git('path: /a/repo'),
      list('git', `{root_hexsha: ${'d'.repeat(40)}, path: /a/repo}`),
      ['removed git repo', 'added git repo'],
    ],
    ['a repository that nothing is known of', list('git', '{path: /a/repo}'), list('git', '{path: /a/repo}'), []],
    [
      'another revision of Subversion',
      list('svn', '{uuid: u, revision: 9, path: /w}'),
      list('svn', '{uuid: u, revision: 14, path: /w}'),
      ['upgraded svn w'],
    ],
    ['nothing on one side', debian('{name: a, version: "1"}'), '', ['removed debian a']],
  ])('tells %s', async (_, before, after, packages) => {
    const [one, other] = [() => ofReproman(before), () => ofReproman(after)];
    expect(await packagesBetween(one(), other())).toEqual(packages);
    expect((await between(one(), one())).equal).toBe(true);
    expect((await between(other(), other())).equal).toBe(true);
    expect((await packagesBetween(other(), one())).length).toBe(packages.length);
  });

  it.each<[what: string, has: string, wants: string, unsatisfied: readonly string[]]>([
    ['names alone', debian('{name: a, architecture: x86, version: "1"}'), debian('{name: a}'), []],
    ['a version', debian('{name: a, architecture: x86, version: "1"}'), debian('{name: a, version: "1"}'), []],
    ['another version', debian('{name: a, version: "1"}'), debian('{name: a, version: "2"}'), ['a 2']],
    ['what the other leaves open', debian('{name: a}'), debian('{name: a, version: "2"}'), ['a 2']],
    [
      'another architecture',
      debian('{name: a, architecture: x86, version: "1"}'),
      debian('{name: a, architecture: amd64}'),
      ['a:amd64'],
    ],
    ['a bound', debian('{name: aa, version: 1:2.0-1}'), debian('"aa>=1.9"'), []],
    ['a bound that is not met', debian('{name: aa, version: 1.8-1}'), debian('"aa>=1.9"'), ['aa>=1.9']],
    ['a bound of conda', conda('{name: nipype, version: 0.13.1, build: py27_0}'), conda('"nipype>=0.12.11"'), []],
    [
      'a build of conda',
      conda('{name: a, version: "1", build: x_0}'),
      conda('{name: a, version: "1", build: y_0}'),
      ['a 1'],
    ],
    [
      'the release of rpm',
      list('redhat', '{name: a, version: "1", release: "2"}'),
      list('redhat', '{name: a, version: "1", release: "3"}'),
      ['a 1-3'],
    ],
    [
      'a repository, wherever it lies',
      git(`path: /x, hexsha: ${'b'.repeat(40)}`),
      git(`path: /y, hexsha: ${'b'.repeat(40)}`),
      [],
    ],
    [
      'a commit that is not there',
      git(`path: /x, hexsha: ${'b'.repeat(40)}`),
      git(`path: /x, hexsha: ${'c'.repeat(40)}`),
      [`x ${'c'.repeat(40)}`],
    ],
    ['an environment', venv('{name: six, version: 1.12.0}'), venv('{name: six}, {name: numpy}'), ['numpy']],
    [
      'a package in another environment',
      venv('{name: six, version: 1.12.0}'),
      venv('{name: six}', '/srv/env'),
      ['six'],
    ],
    ['files', 'files: [/etc/a, /etc/b]\n', 'files: [/etc/b, /etc/c]\n', ['/etc/c']],
    ['nothing', '', '', []],
  ])('says whether %s is satisfied', async (_, has, wants, unsatisfied) => {
    const result = await satisfies(await ofReproman(has), await ofReproman(wants));
    expect(result.unsatisfied.map(({ request }) => request)).toEqual(unsatisfied);
    expect(result.satisfied).toBe(unsatisfied.length === 0);
  });

  it('tells files in their order, whatever the order in the spec', async () => {
    const found = await between(
      ofReproman('files: [/etc/b, /etc/a]\n'),
      ofReproman('files: [/etc/d, /etc/b, /etc/c]\n'),
    );
    expect(found.files).toEqual([
      { path: '/etc/a', verdict: 'removed' },
      { path: '/etc/c', verdict: 'added' },
      { path: '/etc/d', verdict: 'added' },
    ]);
  });

  it('says for people what became of each, once per place where all of an environment moved', async () => {
    const packages = '{name: six, version: "1"}, {name: numpy, version: "2"}';
    const found = await between(ofReproman(venv(packages)), ofReproman(venv(packages, '/srv/env')));
    expect(formatSpecDifferences(found)).toMatch(/moved {8}2 packages \/home\/me\/env -> \/srv\/env/);
  });

  it.each([
    ['a distribution that is no list', 'distributions: 7\n', /distributions/],
    ['a package that is none', 'distributions:\n- {name: debian, packages: [[1]]}\n', /distributions\.0\.packages\.0/],
    ['YAML that is none', 'distributions: [\n', /not YAML \(line 4/],
  ])('names the place of %s', async (_, text, message) => {
    await expect(ofReproman(text)).rejects.toThrow(message);
  });
});
