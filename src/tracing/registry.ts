import { ReproError } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import type { Tracer } from './tracer.js';

/** The tracers, best first. */
const tracers: Readonly<Record<string, () => Promise<Tracer>>> = {
  strace: async () => (await import('./strace/index.js')).strace,
};

/** The best tracer that works on a machine; an error that says what to install where none does. */
export async function chooseTracer(machine: Machine): Promise<Tracer> {
  const reasons: string[] = [];
  const remedies: string[] = [];
  for (const load of Object.values(tracers)) {
    const tracer = await load();
    const readiness = await tracer.check(machine);
    if (readiness.ready) return tracer;
    reasons.push(`${tracer.name}: ${readiness.missing}`);
    remedies.push(readiness.remedy);
  }
  throw new ReproError('not-ready', `No tracer works on ${machine.label}: ${reasons.join('; ')}.`, {
    remedy: remedies.join(' '),
  });
}
