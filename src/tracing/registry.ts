import { ReproError } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import type { Tracer } from './tracer.js';

/** The tracers, best first. */
export const tracers = {
  native: async () => (await import('./native/index.js')).native,
  strace: async () => (await import('./strace/index.js')).strace,
} as const satisfies Readonly<Record<string, () => Promise<Tracer>>>;

export type TracerName = keyof typeof tracers;

export const tracerNames = Object.keys(tracers) as readonly TracerName[];

export interface TracerChoice {
  /** That one or none; default: what `REPROMAN_TRACER` says, else the best one that works. */
  readonly name?: TracerName | undefined;
  /** Told in one line why it is not the best one. */
  readonly warn?: (line: string) => void;
}

/** The tracer that was asked for, else the best one that works on a machine; an error that says what is missing. */
export async function chooseTracer(machine: Machine, choice: TracerChoice = {}): Promise<Tracer> {
  if (machine.untraceable !== undefined) {
    throw new ReproError('not-ready', `nothing can be traced on ${machine.label}: ${machine.untraceable}`, {
      remedy: 'trace it where users may make namespaces, or in another kind of resource',
    });
  }
  const asked = choice.name ?? nameFromEnvironment();
  const reasons: string[] = [];
  const remedies: string[] = [];
  for (const name of asked === undefined ? tracerNames : [asked]) {
    const tracer = await tracers[name]();
    const readiness = await tracer.check(machine);
    if (readiness.ready) {
      if (reasons.length > 0)
        choice.warn?.(`tracing with ${name}, which sees less and is slower: ${reasons.join('; ')}`);
      return tracer;
    }
    reasons.push(`${name}: ${readiness.missing}`);
    remedies.push(readiness.remedy);
  }
  throw new ReproError('not-ready', `No tracer works on ${machine.label}: ${reasons.join('; ')}.`, {
    remedy: [...new Set(remedies)].join(' '),
  });
}

function nameFromEnvironment(): TracerName | undefined {
  const name = process.env['REPROMAN_TRACER'];
  if (name === undefined || name === '') return undefined;
  const known = tracerNames.find((each) => each === name);
  if (known !== undefined) return known;
  throw new ReproError('usage', `REPROMAN_TRACER=${name} is no tracer`, {
    remedy: `set it to ${tracerNames.join(' or ')}, or not at all`,
  });
}
