import { expect, it } from 'vitest';
import { pathFromText } from '../../src/model/file-path.js';
import type { TreeProof } from '../../src/proof/proof.js';
import type { FetchedPackage } from '../../src/resources/build-tree.js';
import { substitutesIn, withSubstitutes } from '../../src/resources/substitutes.js';

const proved: TreeProof = {
  ...{ runs: [], snapshot: { entries: 0, totals: {}, differences: [] }, notes: ['As it was.'], ok: true },
  volatility: { owned: 0, volatile: 0, programs: [], ok: true },
};

function fetched(part: Partial<FetchedPackage> = {}): FetchedPackage {
  const reference = { distribution: 'debian', name: 'tool', version: '1.0' };
  const found = { rung: 'archive', from: 'http://h.example/tool', tried: [], verifiedBy: 'sha256' } as const;
  return { package: reference, ...found, sameness: 'exact', ...part };
}

it('says nothing of packages that are the very ones, built or had', () => {
  expect(withSubstitutes(proved, substitutesIn([fetched(), fetched({ rung: 'built' })]), 'exact')).toEqual(proved);
});

it('tells what was built anew, whose files are compared like all others', () => {
  const built = fetched({ rung: 'built', sameness: 'same-source', evidence: 'from its source' });
  const { notes, ok } = withSubstitutes(proved, substitutesIn([built]));
  expect([ok, notes]).toEqual([
    true,
    ['As it was.', expect.stringMatching(/^tool 1\.0 was built anew .*from its source/)],
  ]);
});

it('calls nothing the same that has a package of another version, though no file that was compared differs', () => {
  const other = fetched({ rung: 'nearest', sameness: 'other-version', version: '1.1', evidence: '1.1 is the nearest' });
  const { notes, ok } = withSubstitutes(proved, substitutesIn([other]));
  expect([ok, notes.at(-1)]).toEqual([false, 'tool is 1.1, not 1.0, so this is not the same: 1.1 is the nearest.']);
});

it('keeps of each package whose place it takes: the same may be there for another architecture, or elsewhere', () => {
  const reference = { distribution: 'python', name: 'tool', version: '1.0', architecture: 'amd64' };
  const venv = { ...reference, at: pathFromText('/venv') };
  const other = { rung: 'nearest', sameness: 'other-version', version: '1.1' } as const;
  const instead = { sameness: 'other-version', instead: '1.1' };
  expect(substitutesIn([fetched({ ...other, package: venv }), fetched({ ...other, package: reference })])).toEqual([
    { ...venv, ...instead },
    { ...reference, ...instead },
  ]);
});

it.each([
  ['exact', ['made', 'listed', 'named']],
  ['same-source', ['named']],
  ['any', []],
] as const)('refuses afterwards what is less than %s', (requirement, refused) => {
  const of = (name: string, part: Partial<FetchedPackage>) =>
    fetched({ package: { distribution: 'debian', name, version: '1.0' }, ...part });
  const substitutes = substitutesIn([
    of('made', { rung: 'built', sameness: 'same-source' }),
    of('listed', { rung: 'snapshot', sameness: 'same-source' }),
    of('named', { rung: 'snapshot', sameness: 'same-name' }),
    of('very', {}),
  ]);
  const { notes, ok } = withSubstitutes(proved, substitutes, requirement);
  const refusal = `--require ${requirement}: not the very packages: ${refused.join(', ')}.`;
  expect([ok, notes.filter((note) => note.startsWith('--require'))]).toEqual(
    refused.length > 0 ? [false, [refusal]] : [true, []],
  );
});
