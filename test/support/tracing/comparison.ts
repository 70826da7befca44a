import { readFileSync } from 'node:fs';
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { must, run } from '../run.js';
import type { Facts } from './facts.js';
import { type NativeFacts, nativeFacts } from './native-facts.js';
import type { Layer } from './native-tracer.js';
import { normalise } from './normalise.js';
import { type Runs, withRun } from './runs.js';
import { straceCalls, straceFacts } from './strace-facts.js';

/** A command whose traces are compared. It runs in a copy of the folder that `prepare` filled, always at one place. */
export interface Sample {
  readonly name: string;
  readonly argv: readonly string[];
  readonly prepare?: (folder: string) => void | Promise<void>;
  readonly programs?: readonly string[];
  /** Needs root, or is to run without it; any user otherwise. */
  readonly as?: 'root' | 'ordinary';
  /** Nothing in it is drawn at random or hangs on time: all runs use the same paths in the same ways. */
  readonly isDeterministic?: boolean;
  /**
   * It mounts for itself: strace and fanotify name what it opens as the command sees it, our tracer as it is outside, so
   * where an open came out cannot be compared.
   */
  readonly hasOwnMounts?: boolean;
}

/** What several exact strace runs saw, and how the last one ended. */
export interface StraceRuns extends Runs {
  readonly code: number | undefined;
}

export interface OwnTrace {
  readonly code: number | undefined;
  readonly facts: ReadonlySet<string>;
  readonly read: NativeFacts;
}

const nobody = 65534;
/** A tracer that hangs fails its test and no other. */
const inTime = ['timeout', '--kill-after=1', '60'];
const strace = ['strace', '-f', '-y', '-xx', '-s', '4096', '-e', `trace=${straceCalls}`];

/** Runs the sample under strace so often, and takes what that says together with what was `known` before. */
export async function moreStraceRuns(
  sample: Sample,
  scratch: string,
  runs: number,
  known?: StraceRuns,
): Promise<StraceRuns> {
  let all: Runs | undefined = known;
  let code = known?.code;
  for (let at = 0; at < runs; at++) {
    const place = await layOut(sample, scratch);
    code = await runIn(place, [...place.become, ...strace, '-o', place.log, '--', ...sample.argv]);
    all = withRun(all, comparable(sample, straceFacts(readFileSync(place.log, 'latin1'), place.folder)));
  }
  return { ...(all ?? withRun(undefined, new Set())), code };
}

/** One trace of ours; `before` is put in front of all else. */
export async function ownTrace(
  sample: Sample,
  scratch: string,
  { tracer, layer, before = [] }: { tracer: string; layer: Layer; before?: readonly string[] },
): Promise<OwnTrace> {
  const place = await layOut(sample, scratch);
  const options = ['--log', place.log, '--layer', layer, '--'];
  const code = await runIn(place, [...before, ...place.become, tracer, ...options, ...sample.argv]);
  const read = nativeFacts(readFileSync(place.log, 'latin1'));
  return { code, facts: comparable(sample, read.facts), read };
}

function comparable({ hasOwnMounts }: Sample, facts: Facts): Set<string> {
  const all = normalise(facts);
  return hasOwnMounts ? new Set([...all].filter((fact) => !fact.startsWith('lead '))) : all;
}

interface Place {
  readonly folder: string;
  readonly log: string;
  /** What runs the rest as the sample’s user. */
  readonly become: readonly string[];
}

/** The folder of the sample as it is before each run. */
async function layOut(sample: Sample, scratch: string): Promise<Place> {
  const folder = join(scratch, sample.name.replaceAll(/\W+/g, '-'));
  const template = `${folder}.template`;
  if (!templates.has(template)) {
    templates.add(template);
    await mkdir(join(template, 'home'), { recursive: true });
    await sample.prepare?.(template);
  }
  const logs = `${folder}.logs`;
  for (const old of [folder, logs]) await rm(old, { recursive: true, force: true });
  await mkdir(logs);
  await cp(template, folder, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  const isOther = sample.as === 'ordinary' && process.getuid?.() === 0;
  if (isOther) await must(['chown', '-R', `${nobody}:${nobody}`, folder, logs]);
  // Only so may an ordinary user filter calls, and a program that would have other rights sees it: both do without them.
  const rights = ['--clear-groups', '--no-new-privs', '--'];
  const become = isOther ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, ...rights] : [];
  return { folder, log: join(logs, 'log'), become };
}

const templates = new Set<string>();

async function runIn({ folder }: Place, argv: readonly string[]): Promise<number | undefined> {
  const env = { PATH: process.env['PATH'] ?? '', LANG: 'C.UTF-8', HOME: join(folder, 'home') };
  return (await run([...inTime, ...argv], { cwd: folder, env })).code;
}
