import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ReproError } from '../errors.js';
import type { Machine } from '../machines/machine.js';
import type { CompleteTrace, StandardStream, Trace } from '../model/access.js';
import { type FilePath, pathFromText } from '../model/file-path.js';
import { scratchFolder } from '../scratch.js';
import type { AttachOptions, StreamChoice, TraceOptions, Tracer } from '../tracing/tracer.js';
import { openStreams } from './caller-streams.js';
import { hashOutputs, type OutputHashes } from './repeats.js';

export interface TracedRuns {
  readonly traces: readonly [Trace, ...Trace[]];
  /** What each run left; the next one wrote over it. */
  readonly outputHashes: readonly OutputHashes[];
}

/**
 * Runs a command under trace `times` times, the first with our own streams. What the caller's shell redirected would
 * be written over by the others, so each of those writes to a scratch file of its own that stands for it. A run that a
 * signal ended is the last, and so is one after which `again` says no. A repetition that ends otherwise than the first
 * run tells nothing of what varies, for mostly it stumbled over what the first one left: it does not count.
 */
export async function traceRepeatedly(
  tracer: Tracer,
  argv: readonly string[],
  options: TraceOptions & {
    /** Where what the caller's shell redirected lies; by default where the command is traced. */
    readonly caller?: Machine;
  },
  times: number,
  again: () => boolean = () => true,
): Promise<TracedRuns> {
  const { caller = options.machine } = options;
  const first = await tracer.trace(argv, options);
  const traces: [CompleteTrace, ...CompleteTrace[]] = [first];
  const outputHashes = [await hashOutputs(first, options.machine, options.signal, caller)];
  if (times === 1) return { traces, outputHashes };
  await using scratch = await scratchFolder('repeat');
  for (let run = 1; run < times && again() && traces.at(-1)?.exit.signal === undefined; run++) {
    const folder = join(scratch.path, String(run));
    await mkdir(folder);
    const { streams, originals } = substitutes(first.conditions.streams, pathFromText(folder));
    await using opened = await openStreams(streams);
    // What is kept is what the first run found.
    const { keep: _keep, ...how } = options;
    const repeated = await tracer.trace(argv, { ...how, streams: opened.streams });
    if (repeated.exit.code !== first.exit.code) {
      traces[0] = { ...first, notes: [...first.notes, otherEnd(first, repeated, run + 1)] };
      break;
    }
    const hashes = await hashOutputs(repeated, options.machine, options.signal, caller);
    traces.push(withOriginals(repeated, first, originals));
    outputHashes.push(new Map([...hashes].map(([path, hash]) => [originals.get(path) ?? path, hash])));
  }
  return { traces, outputHashes };
}

/** The run of a process of this machine that ran already. */
export async function followProcess(tracer: Tracer, pid: number, options: AttachOptions): Promise<TracedRuns> {
  if (!tracer.attach) throw new ReproError('usage', `the ${tracer.name} tracer cannot follow what runs already`);
  const trace = await tracer.attach(pid, options);
  return { traces: [trace], outputHashes: [await hashOutputs(trace, options.machine, options.signal)] };
}

function otherEnd(first: CompleteTrace, repeated: CompleteTrace, run: number): string {
  return `Run ${run} ended with exit code ${repeated.exit.code} instead of ${first.exit.code}, and does not count: what the first run left may be in its way. What varies by itself is not known from it.`;
}

type Streams = Trace['conditions']['streams'];

function substitutes(original: Streams, scratch: FilePath) {
  const originals = new Map<FilePath, FilePath>();
  const output = ({ kind, path, withStdout }: StandardStream, name: string): StreamChoice => {
    if (kind === 'pipe') return withStdout ? 'with-stdout' : 'record';
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

function withOriginals(trace: CompleteTrace, first: Trace, originals: ReadonlyMap<FilePath, FilePath>): CompleteTrace {
  const accesses = trace.accesses.map((access) => ({ ...access, path: originals.get(access.path) ?? access.path }));
  const { stdin, stdout, stderr } = first.conditions.streams;
  const { streams } = trace.conditions;
  return {
    ...trace,
    accesses,
    conditions: {
      ...trace.conditions,
      streams: { stdin, stdout: withContentOf(streams.stdout, stdout), stderr: withContentOf(streams.stderr, stderr) },
    },
  };
}

function withContentOf({ content }: StandardStream, { content: _first, ...stream }: StandardStream): StandardStream {
  return { ...stream, ...(content && { content }) };
}
