import { z } from 'zod';
import { runProcess } from '../../exec.js';
import type { Machine } from '../../machines/machine.js';
import type { Readiness } from '../../model/readiness.js';
import { forbidden, unfitFor } from '../readiness.js';
import { type BuiltTracer, buildTracer } from './build.js';

const name = 'the native tracer';

let built: Promise<BuiltTracer> | undefined;

/** The tracer's program, found or compiled once. */
export function nativeTracer(): Promise<BuiltTracer> {
  built ??= buildTracer();
  return built;
}

/** Whether the native tracer is there or can be made, and may trace. */
export async function checkNative(machine: Machine): Promise<Readiness> {
  const unfit = unfitFor(machine, name);
  if (unfit) return unfit;
  const found = await nativeTracer();
  if ('missing' in found) {
    return { ready: false, missing: found.missing, remedy: 'Install a C compiler: apt-get install gcc libc6-dev' };
  }
  return machine.isLocal ? probe(found.program) : { ready: true };
}

const answer = z.object({ ptrace: z.boolean(), notify: z.boolean(), reasons: z.array(z.string()) });

async function probe(program: string): Promise<Readiness> {
  const { stdout, stderr } = await runProcess([program, '--probe']);
  const text = stdout.toString();
  const said = answer.safeParse(text.startsWith('{') ? JSON.parse(text) : undefined);
  if (said.success && said.data.ptrace) return { ready: true };
  return forbidden(name, said.data?.reasons.join('; ') ?? stderr.toString().trim().split('\n').at(-1) ?? '');
}
