import type { Access } from '../model/access.js';
import { baseName, type FilePath, showPath } from '../model/file-path.js';

/** One thing that answers otherwise in another run, and what that means for a re-run. */
interface Kind {
  readonly of: string;
  readonly means: string;
  /** Of paths, as asked for or as reached. */
  readonly pattern: RegExp;
  /** How such a path is named; default: as it is. */
  readonly name?: (path: FilePath) => string;
}

const fileName = (path: FilePath) => showPath(baseName(path));

const random: Kind = {
  of: 'random numbers',
  means: 'what depends on them differs in every run',
  pattern: /^\/dev\/(?:u?random|hwrng)$|^\/proc\/sys\/kernel\/random\//,
};

/** The first kind that fits a path counts. The clock is missing: it is read without any call (vdso(7)). */
const kinds: readonly Kind[] = [
  random,
  {
    of: 'a graphics processor',
    means: 'a re-run needs one, and another kind may compute other last digits',
    pattern: /^\/dev\/(?:nvidia|dri\/|kfd$|mali)|^\/proc\/driver\/nvidia\//,
  },
  {
    of: 'libraries built for this kind of CPU',
    means: 'another one loads others',
    pattern: /\/glibc-hwcaps\/[^/]+\//,
    name: (path) => showPath(path.slice(path.indexOf('/glibc-hwcaps/') + '/glibc-hwcaps/'.length) as FilePath),
  },
  {
    of: 'libraries that compute by the kind of CPU or the number of threads',
    means: 'the last digits may differ elsewhere',
    pattern: /\/lib(?:openblas|mkl_|blis|dnnl|onednn|gomp|iomp5|omp|cublas|cudnn|cufft|rocblas)[^/]*\.so/,
    name: fileName,
  },
  {
    of: 'what hardware this is',
    means: 'other hardware answers otherwise',
    pattern: /^\/proc\/(?:cpuinfo|devices|interrupts|iomem|partitions|scsi|bus)\b|^\/sys\/(?!fs\/|kernel\/|module\/)/,
  },
  {
    of: 'the state of the machine',
    means: 'it answers otherwise at another time',
    pattern:
      /^\/proc\/(?:meminfo|stat|loadavg|uptime|vmstat|diskstats|zoneinfo|slabinfo|schedstat|net|version|modules)\b|^\/sys\/fs\/cgroup\/|^\/dev\/rtc/,
  },
  {
    of: 'other processes of the machine',
    means: 'there are others at another time',
    pattern: /^\/proc\/\d+\//,
    name: () => '/proc',
  },
  {
    of: 'devices',
    means: 'they have to be there in a re-run, and to answer the same',
    pattern: /^\/dev\/(?!(?:null|zero|full|tty|ptmx|console|log|std(?:in|out|err))$|(?:fd|pts|shm|mqueue)(?:\/|$)).+/,
  },
];

export interface Unrepeatable {
  readonly accesses: readonly Access[];
  /** The programs that asked the kernel for random numbers. */
  readonly drawing: Iterable<FilePath>;
  /** The processes of the run. */
  readonly processes: readonly { readonly pid: number }[];
}

/** What a run used that a re-run cannot be given as it was, in whole sentences. */
export function hardToRepeat({ accesses, drawing, processes }: Unrepeatable): string[] {
  const found = new Map<Kind, Set<string>>();
  const add = (kind: Kind, name: string) => found.set(kind, (found.get(kind) ?? new Set()).add(name));
  for (const program of drawing) add(random, `drawn by ${fileName(program)}`);
  const own = new Set(processes.map(({ pid }) => String(pid)));
  for (const { path, resolved, uses } of accesses) {
    if (!uses.includes('read') && !uses.includes('written')) continue;
    if (own.has(/^\/proc\/(\d+)\//.exec(resolved ?? path)?.[1] ?? '')) continue;
    for (const each of resolved === undefined ? [path] : [path, resolved]) {
      const kind = kinds.find(({ pattern }) => pattern.test(each));
      if (kind === undefined) continue;
      add(kind, (kind.name ?? showPath)(each));
      break;
    }
  }
  return kinds.flatMap((kind) => {
    const names = found.get(kind);
    return names ? [`Hard to repeat: ${kind.of} (${some([...names])}); ${kind.means}.`] : [];
  });
}

const shown = 3;

function some(names: readonly string[]): string {
  const more = names.length - shown;
  return names.slice(0, shown).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
