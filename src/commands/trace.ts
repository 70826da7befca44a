import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { readSize } from '../cli/flags.js';
import { openOrigin } from '../cli/origin.js';
import { traceRepeatedly } from '../cli/traced-runs.js';
import { WrappingCommand } from '../cli/wrapping-command.js';
import { requireBase } from '../distributions/base-of.js';
import { pathFromText, showPath } from '../model/file-path.js';
import { formatSummary } from '../spec/capture/format-summary.js';
import type { CaptureSummary } from '../spec/capture/summary.js';
import { capture } from '../spec/capture.js';
import { loadNeverCarry } from '../spec/secrets/never-carry.js';
import { checkReplaceable } from '../spec/write.js';
import { chooseTracer } from '../tracing/registry.js';

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
    output: Flags.string({ char: 'o', default: 'environment.yml', description: 'spec to write', helpValue: 'FILE' }),
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
  };
  static override readonly usage = 'trace [-o FILE] [--repeat N] [--root DIR | --resource NAME] -- COMMAND...';

  async run(): Promise<CaptureSummary> {
    const { flags } = await this.parse(Trace);
    const command = this.wanted;
    const carryLimit = flags['carry-limit'] === undefined ? undefined : readSize(flags['carry-limit']);
    const output = resolve(flags.output);
    // A run may take hours: what would stop the spec from being written is told before.
    await checkReplaceable(output);
    await loadNeverCarry();
    await using origin = await openOrigin(flags);
    await requireBase(origin.machine, this.signal);
    const runs = await this.traceCommand(command, origin, flags.repeat);
    const summary = await capture({
      ...runs,
      machine: origin.machine,
      ...(origin.caller ? { caller: origin.caller } : {}),
      output,
      options: {
        carry: (flags.carry ?? []).map((path) => pathFromText(resolve(showPath(origin.cwd), path))),
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
  private async traceCommand(
    command: readonly string[],
    origin: Awaited<ReturnType<typeof openOrigin>>,
    times: number,
  ) {
    const tracer = await chooseTracer(origin.machine);
    const { machine, caller, cwd, environment, user } = origin;
    let isStopped = false;
    const whileRunning = () => this.interruption.handOver(() => (isStopped = true));
    const how = {
      umask: process.umask(),
      whileRunning,
      signal: this.signal,
      ...(user ? { user } : {}),
      ...(caller ? { caller } : {}),
    };
    const again = () => !isStopped;
    return await traceRepeatedly(tracer, command, { machine, cwd, environment, ...how }, times, again);
  }
}
