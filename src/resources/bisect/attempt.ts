import { ReproError } from '../../errors.js';
import { planEnvironment } from '../../planning/plan.js';
import { scratchFolder } from '../../scratch.js';
import type { Difference } from '../../spec/differences/between.js';
import type { LockedSpecification } from '../../spec/specification.js';
import { type TemporaryOptions, temporaryResource } from '../temporary.js';
import { putCopies, type TestCopy } from './copies.js';
import type { Memory, VariantResult } from './memory.js';
import { runTest } from './test-run.js';
import { writeVariant } from './variant.js';

export interface AttemptOptions extends Omit<TemporaryOptions, 'purpose'> {
  readonly one: LockedSpecification;
  readonly other: LockedSpecification;
  readonly test: readonly string[];
  /** What the test finds in every variant. */
  readonly copies: readonly TestCopy[];
  /** Seconds that the test may take. */
  readonly timeout: number;
  readonly network: boolean;
  readonly memory: Memory;
}

/** Builds a variant as a resource that is there for its test only, and keeps what came of it. */
export async function attemptVariant(
  chosen: readonly Difference[],
  options: AttemptOptions,
): Promise<{ result: VariantResult; remembered: boolean }> {
  const { one, other, memory } = options;
  await using folder = await scratchFolder('bisect');
  const spec = await writeVariant(one, other, chosen, folder.path);
  const { digest } = await planEnvironment(spec, spec.lock);
  const known = memory.get(digest);
  if (known) return { result: known, remembered: true };
  const result = await buildAndTest(spec, options);
  await memory.add(digest, result);
  return { result, remembered: false };
}

async function buildAndTest(spec: LockedSpecification, options: AttemptOptions): Promise<VariantResult> {
  const { test, copies, timeout, network, signal } = options;
  try {
    await using place = await temporaryResource(spec, { ...options, purpose: 'bisect' });
    const { resource, backend, host } = place;
    await using machine = await backend.connectCopy(resource, host, { network, signal });
    await putCopies(copies, resource, { host: options.host, machine, signal });
    return await runTest(test, resource, machine, { timeout, signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ReproError) || !cannotBeBuilt.has(error.kind)) throw error;
    return { unresolved: `it cannot be built: ${error.message.split('\n')[0]}` };
  }
}

/** Of a mixture that is a property of its own; anything else would be wrong with every variant. */
const cannotBeBuilt: ReadonlySet<ReproError['kind']> = new Set(['step-failed', 'not-rebuildable']);
