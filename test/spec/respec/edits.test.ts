import { describe, expect, it } from 'vitest';
import { debian } from '../../../src/distributions/debian/index.js';
import { loadDistribution } from '../../../src/distributions/load.js';
import { python } from '../../../src/distributions/python/index.js';
import type { DistributionModule, Named } from '../../../src/packaging/distribution.js';
import { type Changes, editHalf, editsOf, type Present } from '../../../src/spec/respec/edits.js';

const environment = { path: '/srv/env', python: '3.11.2' };
const present: Present[] = [
  {
    module: debian as unknown as DistributionModule,
    half: { name: 'debian', packages: ['jq=1.6-2.1', 'libc6:i386=2.36-9', 'requests=1'] } as Named,
    lock: { name: 'debian', packages: ['jq', 'libjq1'].map((name) => ({ name, version: '1', needs: ['libjq1'] })) },
  },
  {
    module: python as unknown as DistributionModule,
    half: {
      name: 'python',
      environments: [{ ...environment, packages: ['numpy==1.24.2', 'Requests==2.28'] }],
    } as Named,
    lock: undefined,
  },
];
const [base, venv] = present as [Present, Present];
const edits = (changes: Partial<Changes>) => editsOf({ set: [], drop: [], add: [], ...changes }, present, 'debian');
const debianAfter = (changes: Partial<Changes>, loosely = false) =>
  editHalf(base, edits(changes).get('debian'), loosely);
const packagesAfter = (changes: Partial<Changes>) =>
  (editHalf(venv, edits(changes).get('python'), false) as unknown as { environments: { packages: string[] }[] })
    .environments[0]?.packages;

describe('changes of a spec', () => {
  it('are of the kind that has the package, in its own notation', () => {
    expect(packagesAfter({ set: ['numpy=1.26.4'] })).toEqual(['numpy==1.26.4', 'Requests==2.28']);
    expect(debianAfter({ set: ['jq>=1.7'] })).toMatchObject({ packages: ['jq>=1.7', expect.anything(), 'requests=1'] });
    expect(debianAfter({ set: ['libc6:i386=2.37'] })).toMatchObject({
      packages: expect.arrayContaining(['libc6:i386=2.37']),
    });
  });

  it('ask for the kind where several have the package', () => {
    expect(() => edits({ set: ['requests=3'] })).toThrow('several kinds have the package: debian, python');
    expect(packagesAfter({ set: ['python:requests=3'] })).toEqual(['numpy==1.24.2', 'requests==3']);
  });

  it('drop and add what is asked for', () => {
    expect(debianAfter({ drop: ['jq'], add: ['hello>=2'] })).toMatchObject({
      packages: ['libc6:i386=2.36-9', 'requests=1', 'hello>=2'],
    });
    expect(packagesAfter({ add: ['python:pandas'] })).toEqual(['numpy==1.24.2', 'Requests==2.28', 'pandas']);
  });

  it('set the version of what is only needed, and say who needs it where it is to be dropped', () => {
    expect(debianAfter({ set: ['libjq1=1.7'] })).toMatchObject({ packages: expect.arrayContaining(['libjq1=1.7']) });
    expect(() => edits({ drop: ['libjq1'] })).toThrow('libjq1 is only needed, by jq, libjq1');
    const each = (architecture: string) => ({ name: 'libjq1', version: '1', architecture });
    const packages = [{ ...each('amd64'), name: 'jq', needs: ['libjq1:amd64'] }, each('amd64'), each('i386')];
    const twice = [{ ...base, lock: { name: 'debian', architecture: 'amd64', packages } }];
    expect(() => editsOf({ set: [], add: [], drop: ['libjq1'] }, twice, 'debian')).toThrow('only needed, by jq:');
  });

  it('refuse what the spec does not have', () => {
    expect(() => edits({ set: ['nothing=1'] })).toThrow('the spec has no package "nothing=1"');
    expect(() => edits({ drop: ['python:jq'] })).toThrow('the spec has no package "jq"');
  });

  it('leave all other versions of a base that moves to the archives', () => {
    expect(debianAfter({ set: ['jq=1.7'] }, true)).toMatchObject({ packages: ['jq=1.7', 'libc6:i386', 'requests'] });
    expect(editHalf(base, undefined, false)).toBe(base.half);
  });

  it('are not put at one of several places', async () => {
    const module = (await loadDistribution('python')) as DistributionModule;
    const environments = [environment, { ...environment, path: '/srv/other' }].map((each) => ({
      ...each,
      packages: [],
    }));
    const half = { name: 'python', environments } as Named;
    const wanted = new Map([['pandas', { name: 'pandas', text: 'pandas' }]]);
    expect(() => editHalf({ module, half, lock: undefined }, { wanted, dropped: new Set() }, false)).toThrow(
      'at 2 places',
    );
  });
});
