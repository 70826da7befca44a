import { comparator } from '../comparison/comparator.js';
import { differenceOutside } from '../comparison/number-text.js';
import { niftiVersion, readNifti } from '../formats/nifti.js';
import { compareNumbers, indexIn } from '../formats/numeric-data.js';

/** Images of brains, `.nii` and `.nii.gz`. */
export const nifti = comparator({
  name: 'nifti',
  allows: 'compression, and the fields descrip, aux_file and db_name',
  recognizes: (content, path) => niftiVersion(content) !== undefined || path.endsWith('.nii.gz'),
  read: (content, _parameters, { budget }) => readNifti(content, budget),
  compare(expected, found, tolerance, report) {
    for (const name of new Set([...expected.fields.keys(), ...found.fields.keys()])) {
      const [one = '', other = ''] = [expected.fields.get(name), found.fields.get(name)];
      if (one === other || differenceOutside(/".*"/g, one, other, tolerance) === undefined) continue;
      report.add(() => ({ at: `header field ${name}`, expected: one, found: other }));
    }
    if (!expected.extensions.equals(found.extensions)) {
      const tell = (bytes: Buffer) => `${bytes.length} bytes`;
      report.add(() => ({
        at: 'the extensions of the header',
        expected: tell(expected.extensions),
        found: tell(found.extensions),
      }));
    }
    // Of NIfTI the first dimension changes fastest.
    const shape = expected.shape.toReversed();
    const place = (at: number) => `voxel ${lastFirst(indexIn(shape, Math.floor(at / expected.parts)))}`;
    compareNumbers(expected.data, found.data, tolerance, place, report);
  },
});

function lastFirst(index: string): string {
  return `[${index.slice(1, -1).split(', ').toReversed().join(', ')}]`;
}
