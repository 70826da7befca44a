/** An interpreter, a compiler or a library that decides what runs: how it is found among packages and paths. */
export interface Tool {
  readonly name: string;
  /** Names of packages of systems and of conda whose version is its own. */
  readonly packages: RegExp;
  /** The last part of a path by which it is known, and the whole path with its version as the group, where it tells one. */
  readonly paths: readonly { readonly name: RegExp; readonly path: RegExp; readonly prefix?: string }[];
}

const condaRecord = (name: string) => ({
  name: new RegExp(`^${name}-\\d.*\\.json$`),
  path: new RegExp(`/conda-meta/${name}-(\\d[\\w.]*)-[^/]*\\.json$`),
});

export const tools: readonly Tool[] = [
  {
    name: 'glibc',
    packages: /^(?:libc6|glibc)$/,
    paths: [{ name: /^libc-2\.\d+\.so$/, path: /\/libc-(2\.\d+)\.so$/ }],
  },
  { name: 'musl', packages: /^musl$/, paths: [{ name: /^ld-musl-/, path: /\/ld-musl-[^/]+$/ }] },
  {
    name: 'Python',
    packages: /^(?:python|python[23]|python[23]\.\d+|python3?-minimal)$/,
    paths: [
      { name: /^python[23]\.\d+$/, path: /\/bin\/python([23]\.\d+)$/ },
      { name: /^libpython[23]\.\d+/, path: /\/libpython([23]\.\d+)m?\.so/ },
      condaRecord('python'),
    ],
  },
  {
    name: 'R',
    packages: /^(?:r-base|r-base-core|R|R-core)$/,
    paths: [{ name: /^Rscript$/, path: /\/bin\/Rscript$/ }, condaRecord('r-base')],
  },
  {
    name: 'Perl',
    packages: /^(?:perl|perl-base)$/,
    paths: [{ name: /^perl5\.\d/, path: /\/bin\/perl(5\.\d+\.\d+)$/ }, condaRecord('perl')],
  },
  {
    name: 'Node.js',
    packages: /^(?:nodejs|nodejs-current)$/,
    paths: [{ name: /^node$/, path: /\/bin\/node$/ }, condaRecord('nodejs')],
  },
  {
    name: 'Java',
    packages: /^(?:openjdk-?\d+(?:-jre(?:-headless)?|-jdk(?:-headless)?)?|java-[\d.]+-openjdk(?:-headless)?)$/,
    paths: [{ name: /^java-\d/, path: /\/jvm\/java-(?:1\.(?=\d))?(\d+)(?:\.\d+)*-[^/]*$/ }, condaRecord('openjdk')],
  },
  {
    name: 'gcc',
    packages: /^(?:gcc|gcc-\d+(?:\.\d+)?|gcc_linux-64)$/,
    paths: [{ name: /^cc1$/, path: /\/gcc\/[^/]+\/(\d+(?:\.\d+)*)\/cc1$/ }, condaRecord('gcc_linux-64')],
  },
  {
    name: 'gfortran',
    packages: /^(?:gfortran|gfortran-\d+(?:\.\d+)?|gcc-gfortran)$/,
    paths: [{ name: /^f951$/, path: /\/gcc\/[^/]+\/(\d+(?:\.\d+)*)\/f951$/ }],
  },
  {
    name: 'clang',
    packages: /^clang(?:-\d+(?:\.\d+)?)?$/,
    paths: [{ name: /^clang-\d/, path: /\/bin\/clang-(\d+(?:\.\d+)*)$/ }],
  },
  {
    name: 'Go',
    packages: /^(?:go|golang|golang-\d[\d.]*-go|golang-go)$/,
    paths: [{ name: /^go$/, path: /\/go(?:-(\d[\d.]*))?\/bin\/go$/ }, condaRecord('go')],
  },
  {
    name: 'Rust',
    packages: /^(?:rust|rustc)$/,
    paths: [{ name: /^rustc$/, path: /\/(?:toolchains\/(\d[\d.]*)-[^/]+\/)?bin\/rustc$/ }, condaRecord('rust')],
  },
  {
    name: 'Julia',
    packages: /^julia$/,
    paths: [{ name: /^libjulia\.so\./, path: /\/libjulia\.so\.(\d+(?:\.\d+)*)$/ }, condaRecord('julia')],
  },
  {
    name: 'Ruby',
    packages: /^(?:ruby|ruby\d[\d.]*)$/,
    paths: [{ name: /^ruby\d/, path: /\/bin\/ruby(\d+(?:\.\d+)*)$/ }, condaRecord('ruby')],
  },
  {
    name: 'CUDA',
    packages: /^(?:cuda-cudart-\d.*|cuda-cudart|cudatoolkit)$/,
    paths: [
      { name: /^cuda-\d/, path: /\/cuda-(\d+\.\d+)$/ },
      { name: /^libcudart\.so\./, path: /\/libcudart\.so\.(\d+\.\d+(?:\.\d+)*)$/ },
      condaRecord('cudatoolkit'),
    ],
  },
  {
    name: 'cuDNN',
    packages: /^(?:libcudnn\d+|cudnn)$/,
    paths: [{ name: /^libcudnn\.so\./, path: /\/libcudnn\.so\.(\d+\.\d+\.\d+)$/ }, condaRecord('cudnn')],
  },
  {
    name: 'Open MPI',
    packages: /^(?:openmpi-bin|openmpi)$/,
    // The interface's number is not the release's: 12 is MPICH's and its relatives'.
    paths: [
      { name: /^libmpi\.so\.(?!12$)\d+$/, path: /\/libmpi\.so\.(\d+)$/, prefix: 'libmpi.so.' },
      condaRecord('openmpi'),
    ],
  },
  {
    name: 'MPICH',
    packages: /^mpich$/,
    paths: [
      { name: /^libmpi(?:ch)?\.so\.12$/, path: /\/libmpi(?:ch)?\.so\.(12)$/, prefix: 'libmpi.so.' },
      condaRecord('mpich'),
    ],
  },
];
