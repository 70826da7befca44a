import { expect, it } from 'vitest';
import { formerOrigins } from '../../../src/distributions/debian/former.js';
import type { DebianArchive, DebianLock, DebianPackage } from '../../../src/distributions/debian/schema.js';

const archive = (id: string, uri: string): DebianArchive => ({ id, uri, suite: 'stable', component: 'main' });

function lockOf(packages: readonly Partial<DebianPackage>[]): DebianLock {
  const common = { architecture: 'amd64', used: true, control: {}, certainty: 'indexed' as const };
  return {
    name: 'debian',
    architecture: 'amd64',
    foreignArchitectures: [],
    archives: [archive('stable/main', 'http://a.example'), archive('other/main', 'http://b.example')],
    packages: packages.map((each) => ({ name: 'a', version: '1', locations: [], ...common, ...each })),
    diversions: [],
    alternatives: [],
    statOverrides: [],
    accounts: { users: [], groups: [] },
    sources: [],
  };
}

const installed = (name: string, version: string) => ({ name, version, architecture: 'amd64', fields: {} }) as never;
const location = (id: string) => ({ archive: id, filename: 'pool/a.deb' });

it('knows the origin of what is still as it was made, and of nothing that was changed or repacked', () => {
  const [same, newer, repacked] = [installed('a', '1'), installed('b', '2'), installed('c', '1')];
  const former = lockOf([
    { locations: [location('stable/main')], sha256: 'a'.repeat(64), size: 5 },
    { name: 'b', locations: [location('stable/main')] },
    { name: 'c', locations: [location('stable/main')], certainty: 'repacked' },
  ]);
  const { packages, archives } = formerOrigins([same, newer, repacked], former, []);
  expect([...packages]).toEqual([
    [
      same,
      {
        certainty: 'indexed',
        locations: [location('stable/main')],
        sha256: 'a'.repeat(64),
        size: 5,
        availability: 'unchecked',
      },
    ],
  ]);
  expect(archives.map(({ id }) => id)).toEqual(['stable/main']);
});

it('tells an archive from another of the same name that the machine knows, and does not name one twice', () => {
  const former = lockOf([{ locations: [location('stable/main'), location('other/main')] }]);
  const taken = [archive('stable/main', 'http://mirror.example'), archive('other/main', 'http://b.example')];
  const { packages, archives } = formerOrigins([installed('a', '1')], former, taken);
  expect([...packages.values()][0]?.locations.map(({ archive: id }) => id)).toEqual(['stable/main#2', 'other/main']);
  expect(archives.map(({ id, uri }) => [id, uri])).toEqual([['stable/main#2', 'http://a.example']]);
});
