import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { readPatience, readSize } from '../cli/flags.js';
import { LiveLine } from '../cli/live-line.js';
import { WrappingCommand } from '../cli/wrapping-command.js';
import { requireBase } from '../distributions/base-of.js';
import { joinPath, normalizePath, pathFromText } from '../model/file-path.js';
import { type Origin, openOrigin } from '../resources/origin.js';
import { scratchFolder } from '../scratch.js';
import { formatSummary } from '../spec/capture/format-summary.js';
import type { CaptureSummary } from '../spec/capture/summary.js';
import { traceRepeatedly } from '../spec/capture/traced-runs.js';
import { capture, defaultCarryLimit } from '../spec/capture.js';
import { loadNeverCarry } from '../spec/secrets/never-carry.js';
import { checkReplaceable } from '../spec/write.js';
import { chooseTracer, tracerNames } from '../tracing/registry.js';
import type { TraceOptions } from '../tracing/tracer.js';

/** `reproman trace`. */
export class Trace extends WrappingCommand {
  static override readonly description = 'run a command once and describe the environment it used, in a spec';
  static override readonly examples = [
    '<%= config.bin %> trace -- python3 analysis.py data.csv',
    '<%= config.bin %> trace -o runs/fit.yml --repeat 2 -- ./fit.sh',
    '<%= config.bin %> trace --root /srv/chroot --cwd /srv/work -- make all',
  ];
  static override readonly flags = {
    carry: Flags.string({
      description: 'carry this file or folder whatever the rules say',
      helpValue: 'PATH',
      multiple: true,
    }),
    'carry-inputs': Flags.boolean({ description: 'carry the content of input data too' }),
    'carry-limit': Flags.string({
      description: 'largest file of code or configuration that is carried (default: 64M)',
      helpValue: 'SIZE',
    }),
    cwd: Flags.string({ description: 'working directory, with --root or --resource', helpValue: 'DIR' }),
    env: Flags.string({ description: 'keep this environment variable too', helpValue: 'NAME', multiple: true }),
    exact: Flags.boolean({ description: 'wait for the result of every call instead of foreseeing some; slower' }),
    output: Flags.string({ char: 'o', default: 'environment.yml', description: 'spec to write', helpValue: 'FILE' }),
    progress: Flags.boolean({ description: 'show on the terminal how many files and processes it uses' }),
    repack: Flags.option({ options: ['missing', 'all', 'none'] as const })({
      default: 'missing',
      description: 'which packages to rebuild from what is installed: those that no archive has, all, or none',
    }),
    repeat: Flags.integer({
      default: 1,
      description: 'run it N times, to learn what varies by itself',
      helpValue: 'N',
      min: 1,
    }),
    resource: Flags.string({ description: 'trace in this resource', exclusive: ['root'], helpValue: 'NAME' }),
    root: Flags.directory({ description: 'trace in the system in this folder', exists: true, helpValue: 'DIR' }),
    tracer: Flags.option({ options: tracerNames })({
      description: 'trace with this one (default: the first that works; REPROMAN_TRACER names another)',
    }),
    wait: Flags.string({
      description: 'how long to trace what goes on in the background: all, none, or seconds (default: 30)',
      helpValue: 'TIME',
    }),
  };
  static override readonly usage = 'trace [-o FILE] [--repeat N] [--root DIR | --resource NAME] -- COMMAND...';

  async run(): Promise<CaptureSummary> {
    const { flags } = await this.parse(Trace);
    const command = this.wanted;
    const carryLimit = flags['carry-limit'] === undefined ? undefined : readSize(flags['carry-limit']);
    const wait = flags.wait === undefined ? {} : { wait: readPatience(flags.wait) };
    const output = resolve(flags.output);
    // A run may take hours: what would stop the spec from being written is told before.
    await checkReplaceable(output);
    await loadNeverCarry();
    await using origin = await openOrigin(flags);
    await requireBase(origin.machine, this.signal);
    const warn = (line: string) => this.tell(line);
    const tracer = await chooseTracer(origin.machine, { name: flags.tracer, warn });
    await using kept = await scratchFolder('kept');
    const limit = flags['carry-inputs'] ? Number.MAX_SAFE_INTEGER : (carryLimit ?? defaultCarryLimit);
    using live = new LiveLine(process.stderr);
    const how = this.howToTrace(origin, {
      ...wait,
      exact: flags.exact,
      keep: { folder: kept.path, limit },
      ...(flags.progress && process.stderr.isTTY ? { onProgress: live.show } : {}),
    });
    const runs = await traceRepeatedly(tracer, command, how.options, flags.repeat, how.again);
    live[Symbol.dispose]();
    const summary = await capture({
      ...runs,
      machine: origin.machine,
      ...(origin.caller ? { caller: origin.caller } : {}),
      output,
      options: {
        carry: (flags.carry ?? []).map((path) => normalizePath(joinPath(origin.cwd, pathFromText(path)))),
        carryInputs: flags['carry-inputs'],
        environment: flags.env ?? [],
        repack: flags.repack,
        ...(carryLimit === undefined ? {} : { carryLimit }),
      },
      progress: this.progress,
      signal: this.signal,
    });
    this.tell(formatSummary(summary));
    this.leaveAs(runs.traces[0].exit);
    return summary;
  }

  /** While the command runs, signals are its own. */
  private howToTrace(origin: Origin, asked: Partial<TraceOptions>) {
    const { machine, caller, cwd, environment, user } = origin;
    let isStopped = false;
    const options = {
      ...asked,
      machine,
      cwd,
      environment,
      umask: process.umask(),
      whileRunning: () => this.interruption.handOver(() => (isStopped = true)),
      signal: this.signal,
      ...(user ? { user } : {}),
      ...(caller ? { caller } : {}),
    };
    return { options, again: () => !isStopped };
  }
}
