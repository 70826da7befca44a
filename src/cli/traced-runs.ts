import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StandardStream, Trace } from '../model/access.js';
import { type FilePath, pathFromText } from '../model/file-path.js';
import { hashOutputs, type OutputHashes } from '../spec/capture/repeats.js';
import type { StreamChoice, TraceOptions, Tracer } from '../tracing/tracer.js';

export interface TracedRuns {
  readonly traces: readonly [Trace, ...Trace[]];
  /** What each run left; the next one wrote over it. */
  readonly outputHashes: readonly OutputHashes[];
}

/**
 * Runs a command under trace `times` times, the first with our own streams. What the caller's shell redirected would
 * be written over by the others, so those write to a scratch file that stands for it.
 */
export async function traceRepeatedly(
  tracer: Tracer,
  argv: readonly string[],
  options: TraceOptions,
  times: number,
): Promise<TracedRuns> {
  const first = await tracer.trace(argv, options);
  const traces: [Trace, ...Trace[]] = [first];
  const outputHashes = [await hashOutputs(first, options.machine, options.signal)];
  if (times === 1) return { traces, outputHashes };
  const scratch = await mkdtemp(join(tmpdir(), 'reproman-repeat-'));
  try {
    const { streams, originals } = substitutes(first.conditions.streams, pathFromText(scratch));
    for (let run = 1; run < times; run++) {
      const repeated = await tracer.trace(argv, { ...options, streams });
      const hashes = await hashOutputs(repeated, options.machine, options.signal);
      traces.push(withOriginals(repeated, first, originals));
      outputHashes.push(new Map([...hashes].map(([path, hash]) => [originals.get(path) ?? path, hash])));
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  return { traces, outputHashes };
}

type Streams = Trace['conditions']['streams'];

function substitutes(original: Streams, scratch: FilePath) {
  const originals = new Map<FilePath, FilePath>();
  const output = ({ kind, path }: StandardStream, name: string): StreamChoice => {
    if (kind !== 'file' || path === undefined) return 'discard';
    const known = [...originals].find(([, stands]) => stands === path);
    const substitute = known?.[0] ?? (`${scratch}/${name}` as FilePath);
    originals.set(substitute, path);
    return { path: substitute, append: true };
  };
  const { kind, path } = original.stdin;
  const stdin: StreamChoice = kind === 'file' && path !== undefined ? { path } : 'ignore';
  const streams = { stdin, stdout: output(original.stdout, 'stdout'), stderr: output(original.stderr, 'stderr') };
  return { streams, originals };
}

function withOriginals(trace: Trace, first: Trace, originals: ReadonlyMap<FilePath, FilePath>): Trace {
  const accesses = trace.accesses.map((access) => ({ ...access, path: originals.get(access.path) ?? access.path }));
  return { ...trace, accesses, conditions: { ...trace.conditions, streams: first.conditions.streams } };
}
