/** Open MPI, MPICH and its descendants, Intel MPI, and PMI(x), by which a launcher speaks to them. */
const mpi = String.raw`mpi(?:cxx|fort(?:ran)?|_[\w-]+|ch\w*|f\d*)?|open-(?:pal|rte)|pmi[2x]?`;
/** UCX, libfabric, verbs, PSM and Slingshot. */
const interconnect = String.raw`uc[mpst](?:_\w+)?|fabric|ibverbs|mlx[45]|rdmacm|psm2?|cxi`;

/** The name of a library by which programs reach a site's interconnect, below any folder. */
export const siteLibrary = String.raw`lib(?:${mpi}|${interconnect})\.so(?:\.[\d.]+)?$`;

const mpiLibrary = new RegExp(`^lib(?:${mpi})\\.so`);
const anySiteLibrary = new RegExp(`^${siteLibrary}`);

/** Which of both a file's name says that it is. */
export function siteLibraryKind(name: string): 'mpi' | 'interconnect' | undefined {
  if (!anySiteLibrary.test(name)) return undefined;
  return mpiLibrary.test(name) ? 'mpi' : 'interconnect';
}
