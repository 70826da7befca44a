import { expect, it } from 'vitest';
import { describeOverlaps, type Overlap, overlapOf } from '../../src/identification/overlaps.js';
import type { FilePath } from '../../src/model/file-path.js';
import type { Owner } from '../../src/model/owner.js';

const owner = (distribution: string, state: Owner['state'] = 'owned', path = '/a'): Owner => ({
  path: path as FilePath,
  state,
  package: { distribution, name: `${distribution}-package`, version: '1' },
});

it('tells nothing of claims within one distribution, or of nobody', () => {
  expect(overlapOf([owner('debian'), owner('debian')])).toBeUndefined();
  expect(overlapOf([owner('debian'), { path: '/a' as FilePath, state: 'generated' }])).toBeUndefined();
});

it('tells of each two distributions once, with the rule that decided', () => {
  const found = [
    overlapOf([owner('debian'), owner('python')]),
    overlapOf([owner('debian', 'owned', '/b'), owner('python')]),
    overlapOf([owner('python'), owner('debian', 'generated')]),
  ];
  expect(describeOverlaps(found as Overlap[])).toEqual([
    '2 paths are claimed by debian and by python: debian, which is nearer to the ground, has them (such as /a, of debian-package and of python-package).',
    '1 path is claimed by python and by debian: python, which did not make it from something else, has it (/a, of python-package and of debian-package).',
  ]);
});
