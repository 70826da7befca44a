import { describe, expect, it } from 'vitest';
import { type Difference, differencesBetween } from '../../../src/spec/differences/between.js';
import { mixtureOf } from '../../../src/spec/differences/mixture.js';
import type { Locked } from '../../../src/spec/differences/parts.js';
import { fillersOf, unmetIn } from '../../../src/spec/differences/unmet.js';
import type { ManifestRun } from '../../../src/spec/document/schema.js';
import { deb, debianHalf, hash, locked } from './specs.js';

const run = (environment: Record<string, string>): ManifestRun => ({
  ...{ id: 'fit', command: ['fit'], cwd: '/srv', environment, umask: '0022', exit: 0, inputs: [], outputs: [] },
});
const texts = (one: Locked, other: Locked) => differencesBetween(one, other).map(({ text }) => text);

const one = locked([debianHalf([deb('jq', '1.6-2.1'), deb('vim', '9'), deb('sed', '4')])], {
  files: [{ path: '/etc/a.conf', sha256: hash('1'), carried: true }],
  runs: [run({ LANG: 'C', HOME: '/root' })],
});
const other = locked([debianHalf([deb('jq', '1.7.1-3'), deb('hello', '2.10'), deb('sed', '4')])], {
  files: [{ path: '/etc/a.conf', sha256: hash('2'), carried: true }],
  steps: [{ id: 'build', command: ['make'], cwd: '/', environment: {}, umask: '0022', exit: 0, inputs: [], makes: [] }],
  runs: [run({ LANG: 'de_DE.UTF-8', HOME: '/root' })],
});

describe('differences between specs', () => {
  it('names packages, files, variables and steps that one has otherwise, added or removed', () => {
    expect(texts(one, other)).toEqual([
      'jq 1.6-2.1 -> 1.7.1-3 (debian)',
      'vim 9 removed (debian)',
      'the file /etc/a.conf changed',
      'the variable LANG "C" -> "de_DE.UTF-8"',
      'hello 2.10 added (debian)',
      'the step build added',
    ]);
    expect(texts(one, one)).toEqual([]);
  });

  it('knows two builds of one version apart, and does not mind what is only known of a package', () => {
    const rebuilt = { ...deb('sed', '4'), sha256: hash('b') };
    const found = { ...deb('vim', '9'), used: false, certainty: 'verified', locations: [] };
    expect(texts(one, { ...one, lock: locked([debianHalf([deb('jq', '1.6-2.1'), found, rebuilt])]).lock })).toEqual([
      'sed 4, another build of it (debian)',
    ]);
  });

  it('tells another base, settings of a distribution and a whole distribution that one has not', () => {
    const python = { name: 'python', packages: [{ name: 'numpy', version: '1.26', at: '/opt/venv' }] };
    const older = locked([debianHalf([], { foreignArchitectures: ['i386'] })]);
    const newer = locked([debianHalf([]), python], { base: { ...older.manifest.base, release: '13' } });
    expect(texts(older, newer)).toEqual([
      'the base debian 12 -> debian 13',
      'what is set of debian: foreignArchitectures',
      'python added',
      'numpy in /opt/venv 1.26 added (python)',
    ]);
  });
});

describe('a mixture of two specs', () => {
  const all = differencesBetween(one, other);
  const mixed = (chosen: readonly Difference[]): Locked => {
    const { manifest, halves } = mixtureOf(one, other, chosen);
    return { manifest, lock: { ...one.lock, distributions: [...halves] } };
  };

  it('is the first spec with nothing of the second, and the second with all of it', () => {
    expect(texts(mixed([]), one)).toEqual([]);
    expect(texts(mixed(all), other)).toEqual([]);
  });

  it('differs from the first in just what was chosen, whatever that is', () => {
    for (let bits = 0; bits < 2 ** all.length; bits++) {
      const chosen = all.filter((_each, at) => (bits >> at) & 1);
      expect(texts(one, mixed(chosen))).toEqual(chosen.map(({ text }) => text));
    }
  });

  it('knows the places of packages of both', () => {
    const from = (id: string, version: string) =>
      locked([debianHalf([deb('jq', version)], { archives: [{ id, uri: `http://${id}.example`, suite: id }] })]);
    const [half] = mixtureOf(from('old', '1'), from('new', '2'), []).halves;
    expect(half?.['archives']).toMatchObject([{ id: 'old' }, { id: 'new' }]);
  });

  it('finds what must come with a package by the versions that it depends on', async () => {
    const depending = (version: string) => [
      deb('jq', version, { Depends: `libjq1 (= ${version})` }),
      deb('libjq1', version),
      deb('sed', version),
    ];
    const [before, after] = [locked([debianHalf(depending('1'))]), locked([debianHalf(depending('2'))])];
    const changes = differencesBetween(before, after);
    const fillers = async (at: number) => {
      const chosen = changes.filter((_each, place) => place === at);
      const unmet = await unmetIn(mixtureOf(before, after, chosen).halves);
      return fillersOf(changes, unmet).map(({ text }) => text);
    };
    const both = ['jq 1 -> 2 (debian)', 'libjq1 1 -> 2 (debian)'];
    expect([await fillers(0), await fillers(1), await fillers(2)]).toEqual([both, both, []]);
  });
});

describe('what a lock leaves unmet', () => {
  it('reads alternatives, provided names, versions and conflicts of Debian packages', async () => {
    const packages = [
      deb('app', '1', { Depends: 'nowhere | mail-agent, bee (>= 2)', 'Pre-Depends': 'cee' }),
      deb('bee', '2', { Provides: 'mail-agent', Breaks: 'dee (<< 3)' }),
      deb('dee', '3', { Conflicts: 'dee-old' }),
    ];
    expect(await unmetIn([debianHalf(packages)])).toEqual([{ distribution: 'debian', package: 'app', needs: ['cee'] }]);
    const [first, second, third] = packages;
    const older = { ...third, version: '2' } as (typeof packages)[number];
    const found = await unmetIn([debianHalf([first, { ...second, version: '1' }, older] as typeof packages)]);
    expect(found.map((each) => [each.package, each.needs])).toEqual([
      ['app', ['cee']],
      ['app', ['bee']],
      ['bee', ['dee']],
    ]);
  });

  it('goes by the needs in the lock of every other distribution, wherever these are', async () => {
    const half = {
      name: 'homebrew',
      packages: [
        { name: 'jq', version: '1.7', at: '/opt/brew', needs: ['oniguruma', '/usr'] },
        { name: 'base', version: '1', at: '/usr' },
      ],
    };
    expect((await unmetIn([half])).map(({ needs }) => needs)).toEqual([['oniguruma']]);
  });
});
