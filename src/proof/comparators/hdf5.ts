import { comparator } from '../comparison/comparator.js';
import { nothing, shownBytes } from '../comparison/differences.js';
import { differenceOutside } from '../comparison/number-text.js';
import { sideBySide } from '../comparison/side-by-side.js';
import { dumpHdf5, isHdf5 } from '../formats/hdf5-dump.js';
import { placedLines } from '../formats/hdf5-places.js';

const quoted = /"(?:[^"\\]|\\.)*"/g;

/** HDF5, which netCDF-4 is too: groups, data sets and attributes with their types, as its own tool prints them. */
export const hdf5 = comparator({
  name: 'hdf5',
  allows: 'times, compression, chunks and where in the file the data lies',
  recognizes: isHdf5,
  read: (content, _parameters, context) => {
    if (!isHdf5(content)) throw new Error('it is no HDF5 file');
    return dumpHdf5(content, context);
  },
  compare(expected, found, { ignore, ...tolerance }, report) {
    for (const [one, other] of sideBySide(placedLines(expected, ignore), placedLines(found, ignore))) {
      const [before, after] = [one?.text, other?.text];
      if (before === after && one?.place() === other?.place()) continue;
      if (one && other && one.place() === other.place()) {
        const differing = differenceOutside(quoted, one.text, other.text, tolerance);
        if (differing === undefined) continue;
        report.add(() => ({ at: one.place(), expected: shownBytes(differing[0]), found: shownBytes(differing[1]) }));
        continue;
      }
      const tell = (line: typeof one) => (line === undefined ? nothing : `${line.place()}: ${shownBytes(line.text)}`);
      report.add(() => ({ at: (one ?? other)?.place() ?? '/', expected: tell(one), found: tell(other) }));
    }
  },
});
