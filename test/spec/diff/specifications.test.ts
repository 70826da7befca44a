import { describe, expect, it } from 'vitest';
import type { LockHalf } from '../../../src/model/lock-half.js';
import { formatSatisfaction, formatSpecDifferences } from '../../../src/spec/diff/format.js';
import { satisfies } from '../../../src/spec/diff/satisfies.js';
import { satisfactionSchema, specDifferencesSchema } from '../../../src/spec/diff/schema.js';
import type { Manifest } from '../../../src/spec/document/schema.js';
import { deb, debianHalf, hash } from '../differences/specs.js';
import { between, packagesBetween, traced, written } from './specs.js';

const half = (name: string, packages: readonly object[], more: object = {}) =>
  ({ name, packages, ...more }) as unknown as LockHalf;
const python = (version: string, at: string, more: object = {}) =>
  half('python', [{ name: 'numpy', version, at, used: true, certainty: 'indexed', ...more }]);
const git = (more: object) =>
  half('git', [
    {
      name: 'repo',
      version: hash('a').slice(0, 40),
      at: '/srv/repo',
      used: true,
      certainty: 'verified',
      remotes: [],
      ...more,
    },
  ]);
const file = (path: string, more: object = {}) => ({ path, carried: true, ...more });
const run = (more: object = {}) =>
  ({
    ...{ id: 'main', command: ['jq', '.'], cwd: '/', environment: {}, umask: '0022', exit: 0, inputs: [], outputs: [] },
    ...more,
  }) as Manifest['runs'][number];

describe('specs that are locked', () => {
  it.each<[what: string, before: LockHalf, after: LockHalf, packages: readonly string[]]>([
    ['an upgrade', debianHalf([deb('jq', '1.6-2')]), debianHalf([deb('jq', '1.7-1')]), ['upgraded debian jq']],
    [
      'a package that is only needed',
      debianHalf([]),
      debianHalf([{ ...deb('libonig5', '6'), used: false }]),
      ['added debian libonig5'],
    ],
    [
      'what is known of it alone',
      debianHalf([deb('jq', '1')]),
      debianHalf([{ ...deb('jq', '1'), used: false, certainty: 'verified' }]),
      [],
    ],
    [
      'another build of the same version',
      debianHalf([deb('jq', '1')]),
      debianHalf([{ ...deb('jq', '1'), sha256: hash('b') }]),
      ['build debian jq'],
    ],
    [
      'a copy, whose hash says nothing',
      debianHalf([deb('jq', '1')]),
      debianHalf([{ ...deb('jq', '1'), sha256: hash('b'), certainty: 'repacked' }]),
      [],
    ],
    [
      'one for any architecture',
      debianHalf([deb('jq', '1')]),
      debianHalf([{ ...deb('jq', '1'), architecture: 'all' }]),
      [],
    ],
    [
      'a foreign architecture',
      debianHalf([deb('jq', '1')]),
      debianHalf([deb('jq', '1'), { ...deb('jq', '1'), architecture: 'i386' }]),
      ['added debian jq'],
    ],
    [
      'another channel of conda',
      half('conda', [{ name: 'a', version: '1', build: '0', at: '/c', channel: 'defaults' }]),
      half('conda', [{ name: 'a', version: '1', build: '0', at: '/c', channel: 'conda-forge' }]),
      ['origin conda a'],
    ],
    [
      'another channel with the very same content',
      half('conda', [{ name: 'a', version: '1', build: '0', at: '/c', channel: 'defaults', sha256: hash('a') }]),
      half('conda', [{ name: 'a', version: '1', build: '0', at: '/c', channel: 'mirror', sha256: hash('a') }]),
      [],
    ],
    [
      'a newer Python below an environment',
      python('1.26.4', '/v/lib/python3.11/site-packages'),
      python('2.1.0', '/v/lib/python3.12/site-packages'),
      ['upgraded+moved python numpy'],
    ],
    [
      'a file of a package that people changed',
      python('1', '/v'),
      python('1', '/v', { changed: ['numpy/x.py'] }),
      ['changed python numpy changed'],
    ],
    [
      'an edited file of a repository',
      git({ edited: [] }),
      git({ changed: ['a.c'], edited: [{ path: '/srv/repo/a.c', sha256: hash('c'), mtime: 5 }] }),
      ['changed git repo changed edited'],
    ],
    [
      'a checkout at another time',
      git({ edited: [{ path: '/a', sha256: hash('c'), mtime: 5 }] }),
      git({ edited: [{ path: '/a', sha256: hash('c'), mtime: 9 }] }),
      [],
    ],
    [
      'another remote',
      git({ remotes: [{ name: 'origin', url: 'https://one.example/r' }] }),
      git({ remotes: [{ name: 'origin', url: 'https://two.example/r' }] }),
      ['origin git repo'],
    ],
    [
      'several versions of one',
      half('rpm', [
        { name: 'kernel', version: '5-1' },
        { name: 'kernel', version: '6-1' },
      ]),
      half('rpm', [
        { name: 'kernel', version: '6-1' },
        { name: 'kernel', version: '6-2' },
      ]),
      ['upgraded rpm kernel'],
    ],
    [
      'a kind that only one has',
      half('npm', []),
      half('rubygems', [{ name: 'rake', version: '13', at: '/g' }]),
      ['added rubygems rake'],
    ],
  ])('compares all that is installed: %s', async (_, before, after, packages) => {
    expect(await packagesBetween(traced([before]), traced([after]))).toEqual(packages);
    expect((await between(traced([after]), traced([after]))).equal).toBe(true);
  });

  it('compares files by what they are, not by how they are kept', async () => {
    const before = [
      file('/a', { sha256: hash('a'), mode: '644' }),
      file('/b'),
      file('/c', { target: '/x' }),
      file('/d', { sha256: hash('a') }),
    ];
    const after = [
      ...[file('/a', { sha256: hash('b'), mode: '0600' }), file('/c', { target: '/y' }), file('/e')],
      { ...file('/d', { sha256: hash('a'), why: 'said' }), carried: false },
    ];
    const found = await between(traced([], { files: before }), traced([], { files: after }));
    expect(found.files.map(({ path, verdict, also }) => [path, verdict, also])).toEqual([
      ['/a', 'content', ['mode']],
      ['/b', 'removed', undefined],
      ['/c', 'link', undefined],
      ['/e', 'added', undefined],
    ]);
  });

  it('compares the files of carried folders one by one', async () => {
    const tree = { files: [file('/opt/t', { tree: { files: 1, size: 1 } })] };
    const entry = (letter: string) => [
      { path: '/opt/t/x' as never, hash: hash(letter) },
      { path: '/else' as never, hash: hash(letter) },
    ];
    const found = await between(traced([], tree, entry('a')), traced([], tree, entry('b')));
    expect(found.files).toEqual([{ path: '/opt/t/x', verdict: 'content', before: hash('a'), after: hash('b') }]);
  });

  it('compares base, runs, variables, steps, accounts and what is taken away', async () => {
    const accounts = (uid: number) => ({
      accounts: { users: [{ name: 'me', uid, gid: 1, gecos: '', home: '/', shell: '/bin/sh' }], groups: [] },
    });
    const one = traced([debianHalf([], accounts(1000))], {
      runs: [
        run({ environment: { LANG: 'C', ONLY: '1' }, inputs: [{ path: '/in', sha256: hash('a'), carried: true }] }),
      ],
      steps: [{ id: 'build', copy: '/a', path: '/b', makes: [] }],
      absent: [{ path: '/etc/x', why: 'said' }, { path: '/etc/y' }],
    });
    const other = traced([debianHalf([], accounts(1001))], {
      ...{ base: { distribution: 'debian', release: '13', architecture: 'amd64', layout: 'merged-usr' } },
      runs: [
        run({ id: 'other', environment: { LANG: 'de' }, exit: 1, inputs: [{ path: '/in', sha256: hash('b') }] }),
        run({ id: 'new', command: ['x'] }),
      ],
      steps: [{ id: 'build', copy: '/a', path: '/c', makes: [] }],
      absent: [{ path: '/etc/x', why: 'otherwise' }],
    });
    const found = await between(one, other);
    expect(specDifferencesSchema.parse(JSON.parse(JSON.stringify(found)))).toEqual(found);
    expect(formatSpecDifferences(found)).toBe(
      [
        'traced -> traced',
        ...['base', '  changed      release 12 -> 13', 'accounts', '  changed      user me: uid'],
        ...['taken away', '  removed      /etc/y', 'variables', '  changed      LANG "C" -> "de" (main)'],
        ...['  changed      ONLY "1" -> nothing (main)', 'steps', '  changed      build: path'],
        ...['runs', '  changed      main: exit, input /in', '  added        new'],
      ].join('\n'),
    );
  });

  it('says nothing but that they are the same where they are', async () => {
    const found = await between(traced([debianHalf([deb('jq', '1')])]), traced([debianHalf([deb('jq', '1')])]));
    expect(formatSpecDifferences(found)).toBe('traced and traced describe the same environment');
  });
});

describe('specs that are written by hand', () => {
  it('compares what is asked for where one is not resolved', async () => {
    const found = await between(
      written('packages: [jq, hello>=2.9, "python:numpy==1.26"]\n'),
      written('packages: [jq=1.6, hello>=2.10, "python:numpy==2.0"]\n'),
    );
    expect(found.compared).toBe('requested');
    expect(formatSpecDifferences(found).split('\n').slice(2)).toEqual([
      ...['packages of debian', '  version      hello >=2.9 -> >=2.10', '  version      jq any version -> 1.6'],
      ...['packages of python', '  upgraded     numpy 1.26 -> 2.0 in /opt/venv'],
    ]);
  });

  it.each<[what: string, wants: string, unsatisfied: readonly string[]]>([
    ['names', 'packages: [jq]', []],
    ['what is only needed', 'packages: [libonig5]', []],
    ['a bound', 'packages: [jq>=1.6, jq<2]', []],
    ['a bound that is not met', 'packages: [jq>=1.8]', ['jq>=1.8']],
    ['an architecture', 'packages: [jq:amd64, jq:i386]', ['jq:i386']],
    ['a package that is not there', 'packages: [hello]', ['hello']],
    [
      'a place',
      'packages: [python3]\ndistributions:\n  - { name: python, environments: [{ path: /v, packages: ["numpy~=1.26.0"] }, { path: /w, packages: [numpy] }] }',
      ['numpy'],
    ],
    ['a match of conda', 'packages: ["conda:scipy>=1.9,<2", "conda:scipy=1.1"]', ['scipy=1.1']],
    ['a range of npm', 'packages: ["npm:left-pad@^1.2", "npm:left-pad@2.x"]', ['left-pad@2.x']],
    ['another base', 'base: { distribution: debian, release: "13", architecture: amd64 }', ['debian 13 amd64']],
    [
      'a file by its hash',
      `files: [{ path: /etc/a, sha256: ${hash('a')}, carried: false }, { path: /etc/b, sha256: ${hash('a')}, carried: false }]`,
      [`/etc/b ${hash('a')}`],
    ],
    ['a file that packages bring', `files: [{ path: /usr/bin/jq, sha256: ${hash('d')}, carried: false }]`, []],
    ['what must not be there', 'absent: [{ path: /usr/bin/jq }, { path: /nope }]', ['/usr/bin/jq']],
    [
      'a repository',
      `distributions:\n  - { name: git, repositories: [{ path: /srv/repo, commit: ${hash('a').slice(0, 40)} }] }`,
      [],
    ],
    ['a step', 'steps: [{ id: x, copy: /a, path: /b }, { id: y, copy: /a, path: /c }]', ['y']],
  ])('says whether %s is satisfied by what is installed', async (_, wants, unsatisfied) => {
    const has = traced(
      [
        debianHalf([
          deb('jq', '1.7-1'),
          { ...deb('libonig5', '6'), used: false },
          deb('python3', '3.11'),
          deb('nodejs', '18'),
        ]),
        python('1.26.4', '/v/lib/python3.11/site-packages'),
        half('conda', [{ name: 'scipy', version: '1.11.0', build: '0', at: '/opt/conda' }]),
        half('npm', [{ name: 'left-pad', version: '1.3.0', at: '/opt/node/node_modules/left-pad' }]),
        git({}),
      ],
      {
        files: [file('/etc/a', { sha256: hash('a') }), file('/etc/b', { sha256: hash('b') })],
        steps: [{ id: 'copy', copy: '/a', path: '/b', makes: [] }],
      },
      [{ path: '/usr/bin/jq' as never, hash: hash('d') }],
    );
    const base = wants.startsWith('base') ? '' : 'base: { distribution: debian, release: "12", architecture: amd64 }\n';
    const result = await satisfies(await has, await written(`${base}${wants}\n`));
    expect(satisfactionSchema.parse(result)).toEqual(result);
    expect(result.unsatisfied.map(({ request }) => request)).toEqual(unsatisfied);
    expect(result.satisfied).toBe(unsatisfied.length === 0);
  });

  it('names each request that is not met, with what is there', async () => {
    const has = traced([debianHalf([deb('jq', '1.7-1')])]);
    const result = await satisfies(await has, await written('packages: [jq>=2, hello]\n'));
    expect(formatSatisfaction(result)).toBe(
      [
        'traced lacks 2 of 3 that written asks for',
        '  package      debian jq>=2: there is 1.7-1',
        '  package      debian hello: not there',
      ].join('\n'),
    );
  });
});
