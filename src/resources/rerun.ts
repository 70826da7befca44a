import type { Backend } from '../../backends/backend.js';
import type { Machine } from '../machines/machine.js';
import type { Access } from '../model/access.js';
import type { Progress } from '../model/progress.js';
import type { Resource } from '../model/resource.js';
import type { RerunReport, TreeProof } from '../proof/proof.js';
import { rerun } from '../proof/rerun.js';
import { chainsOf } from '../spec/runs/chains.js';
import type { Specification } from '../spec/specification.js';
import { chooseTracer } from '../tracing/registry.js';
import { findHostFiles } from './host-files.js';

export interface RerunRequest {
  readonly resource: Resource;
  readonly backend: Backend;
  readonly host: Machine;
  /** This machine, which may have the inputs. */
  readonly here: Machine;
  readonly spec: Specification;
  /** The proof of the environment's files. */
  readonly tree: TreeProof | undefined;
  /** A folder with input data. */
  readonly inputs: string | undefined;
  /** Told what the commands used this time. */
  readonly seen?: (accesses: readonly Access[]) => void;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Runs every traced command again in a throwaway copy of the resource; runs that went on where others had ended share
 * one, and its network where one of them needs that.
 */
export async function rerunResource(request: RerunRequest): Promise<RerunReport[]> {
  const { resource, backend, host, here, spec, tree, inputs, seen, progress, signal } = request;
  const { runs } = spec.manifest;
  const reports = new Map<string, RerunReport>();
  const warn = (message: string) => progress({ kind: 'note', message });
  for (const chain of chainsOf(runs)) {
    signal.throwIfAborted();
    const network = chain.some((run) => run.network);
    const hostFiles = await findHostFiles(spec, host, { network, warn });
    await using machine = await backend.connectCopy(resource, host, { network, hostFiles, signal });
    const found = {
      ...(machine.untraceable === undefined && { tracer: await chooseTracer(machine, { warn }) }),
      ...(inputs === undefined ? {} : { inputsFolder: inputs }),
      ...(tree ? { tree } : {}),
      ...(seen && { seen }),
    };
    for (const { id } of chain)
      reports.set(id, await rerun({ spec, run: id, machine, host: here, ...found, progress, signal }));
  }
  return runs.flatMap(({ id }) => reports.get(id) ?? []);
}
