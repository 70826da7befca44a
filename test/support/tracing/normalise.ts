import type { Facts } from './facts.js';

interface Rule {
  /** Which program draws the name. */
  readonly by: string;
  readonly pattern: RegExp;
  readonly name: string;
}

/**
 * What may differ between two runs of one command because a program draws it at random or takes it from the process
 * id or the clock. Published in specs/trace-comparison.md; each rule names its program, so that it is plain what it hides.
 */
export const rules: readonly Rule[] = [
  { by: 'the kernel', pattern: /\b(pipe|socket|anon_inode|mnt|net|pid|user):\[\d+\]/g, name: '$1:[N]' },
  { by: 'the kernel (O_TMPFILE)', pattern: /\/#\d+(?= \(deleted\)|$)/g, name: '/#N' },
  { by: 'the kernel (pseudo terminals)', pattern: /\/dev\/pts\/\d+/g, name: '/dev/pts/N' },
  { by: 'gcc', pattern: /\/cc\w{6}(?=[./ ]|$)/g, name: '/ccXXXXXX' },
  { by: 'binutils', pattern: /\/st[A-Za-z0-9]{6}(?=[/ ]|$)/g, name: '/stXXXXXX' },
  { by: 'mktemp', pattern: /\/tmp\.[A-Za-z0-9]{10}(?=[/ ]|$)/g, name: '/tmp.XXXXXXXXXX' },
  { by: 'sort', pattern: /\/sort[A-Za-z0-9]{6}(?= |$)/g, name: '/sortXXXXXX' },
  { by: 'sed', pattern: /\/sed[A-Za-z0-9]{6}(?= |$)/g, name: '/sedXXXXXX' },
  { by: 'rsync', pattern: /\/(\.(?!tmp-)[^/]+)\.[A-Za-z0-9]{6}(?= |$)/g, name: '/$1.XXXXXX' },
  {
    by: 'git',
    pattern: /\/(tmp_(?:obj|pack|idx|rev)_|info\/(?:refs|packs)_|\.git\/t)[A-Za-z0-9]{6}(?= |$)/g,
    name: '/$1XXXXXX',
  },
  { by: 'Python (tempfile)', pattern: /\/tmp\/[a-z0-9_]{8}(?= |$)/g, name: '/tmp/XXXXXXXX' },
  { by: 'Python (tempfile)', pattern: /\/tmp[a-z0-9_]{8}(?=[./ ]|$)/g, name: '/tmpXXXXXXXX' },
  { by: 'Python (byte code)', pattern: /\.pyc\.\d+/g, name: '.pyc.N' },
  { by: 'Python (multiprocessing)', pattern: /\/(pymp-|listener-)[a-z0-9_]{8}/g, name: '/$1XXXXXXXX' },
  { by: 'Python (multiprocessing)', pattern: /\/(sem\.|)mp-[a-z0-9_]{8}/g, name: '/$1mp-XXXXXXXX' },
  { by: 'libc (semaphores)', pattern: /\/dev\/shm\/(?:sem\.)?[A-Za-z0-9]{6}(?= |$)/g, name: '/dev/shm/XXXXXX' },
  { by: 'pip', pattern: /\/pip-([a-z-]+)-[a-z0-9_]{8}/g, name: '/pip-$1-XXXXXXXX' },
  { by: 'pip', pattern: /[a-z0-9_]{8}\.tmp(?= |$)/g, name: 'XXXXXXXX.tmp' },
  { by: 'npm', pattern: /\/_cacache\/tmp\/[0-9a-f-]{36}/g, name: '/_cacache/tmp/XXXXXXXX' },
  { by: 'npm', pattern: /\/_cacache\/tmp\/[0-9a-f]{8}(?=[/ ]|$)/g, name: '/_cacache/tmp/XXXXXXXX' },
  { by: 'npm', pattern: /\/(\.[^/ ]+)-[A-Za-z0-9]{8}(?=[/ ]|$)/g, name: '/$1-XXXXXXXX' },
  { by: 'npm', pattern: /\/_logs\/[^/ ]+-debug-(\d)\.log/g, name: '/_logs/TIME-debug-$1.log' },
  { by: 'R', pattern: /\/Rscript[0-9a-f]+\.[A-Za-z0-9]{6}/g, name: '/RscriptXXXXXX' },
  { by: 'R', pattern: /\/Rtmp[A-Za-z0-9]{6}(\/[0-9a-f]{8,16}(?=\.R))?/g, name: '/RtmpXXXXXX' },
  { by: 'Java', pattern: /\/\.java_pid\d+/g, name: '/.java_pidN' },
];

/** The facts of a run in which process ids and drawn names are the same as in any other run. */
export function normalise({ all, pids }: Pick<Facts, 'all' | 'pids'>): Set<string> {
  return new Set([...all].map((fact) => normaliseText(fact, pids)));
}

/** Digits that stand alone, are no part of a version or an address, and are a process or thread of the run are its id. */
export function normaliseText(text: string, pids: ReadonlySet<number>): string {
  const own = text.replace(/(?<![0-9A-Za-z:]|\d\.)\d{2,}(?![0-9A-Za-z]|\.\d)/g, (digits) =>
    pids.has(Number(digits)) ? 'PID' : digits,
  );
  return rules.reduce((done, { pattern, name }) => done.replace(pattern, name), own);
}
