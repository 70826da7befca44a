/** Soft and hard value of one resource limit. */
export interface Limit {
  readonly soft: number | 'unlimited';
  readonly hard: number | 'unlimited';
}

/** By the name that `prlimit` gives it: the text of /proc/pid/limits, proc(5). */
const names: Readonly<Record<string, string>> = {
  'Max cpu time': 'cpu',
  'Max file size': 'fsize',
  'Max data size': 'data',
  'Max stack size': 'stack',
  'Max core file size': 'core',
  'Max resident set': 'rss',
  'Max processes': 'nproc',
  'Max open files': 'nofile',
  'Max locked memory': 'memlock',
  'Max address space': 'as',
  'Max file locks': 'locks',
  'Max pending signals': 'sigpending',
  'Max msgqueue size': 'msgqueue',
  'Max nice priority': 'nice',
  'Max realtime priority': 'rtprio',
  'Max realtime timeout': 'rttime',
};

/** Soft limits that change nothing for a program: the kernel's and the distributions' defaults. */
const usual: Readonly<Record<string, readonly (number | 'unlimited')[]>> = {
  stack: [8_388_608],
  core: [0, 'unlimited'],
  nofile: [1024],
  msgqueue: [819_200],
  nice: [0],
  rtprio: [0],
};

/** These depend on the machine's memory and bound no single program's result. */
const machineBound = new Set(['nproc', 'memlock', 'sigpending']);

export function parseLimits(text: string): Map<string, Limit> {
  const limits = new Map<string, Limit>();
  for (const line of text.split('\n')) {
    const match = /^(Max [a-z ]+?) +(unlimited|\d+) +(unlimited|\d+)/.exec(line);
    const name = names[match?.[1] ?? ''];
    if (match && name !== undefined) limits.set(name, { soft: limitOf(match[2]), hard: limitOf(match[3]) });
  }
  return limits;
}

/** The soft limits worth recording. */
export function unusualLimits(limits: ReadonlyMap<string, Limit>): Record<string, number | 'unlimited'> {
  const unusual: Record<string, number | 'unlimited'> = {};
  for (const [name, { soft }] of limits) {
    if (machineBound.has(name)) continue;
    if (!(usual[name] ?? ['unlimited']).includes(soft)) unusual[name] = soft;
  }
  return unusual;
}

function limitOf(text: string | undefined): number | 'unlimited' {
  return text === 'unlimited' ? 'unlimited' : Number(text);
}
