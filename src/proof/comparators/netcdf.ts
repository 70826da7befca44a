import { CannotTell, comparator } from '../comparison/comparator.js';
import { isHdf5 } from '../formats/hdf5-dump.js';
import { isClassicNetCdf, readNetCdf } from '../formats/netcdf.js';
import { compareNetCdf } from '../formats/netcdf-differences.js';

/** NetCDF of the classic formats; one of version 4 is HDF5. */
export const netcdf = comparator({
  name: 'netcdf',
  allows: 'where in the file the data lies, and the order of variables and attributes',
  recognizes: isClassicNetCdf,
  read: (content) => {
    if (isHdf5(content)) throw new CannotTell('it is netCDF-4, which the comparator hdf5 reads');
    return readNetCdf(content);
  },
  compare: (expected, found, options, report, { budget }) =>
    compareNetCdf(expected, found, { options, report, budget }),
});
