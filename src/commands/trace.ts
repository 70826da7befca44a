import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { appendRun, checkAppendable, ownSpec } from '../capture/append.js';
import { capture } from '../capture/capture.js';
import { formatSummary } from '../capture/format-summary.js';
import { defaultCarryLimit } from '../capture/request.js';
import { steadyVariables } from '../capture/steady-variables.js';
import type { CaptureSummary } from '../capture/summary.js';
import { followProcess, traceRepeatedly } from '../capture/traced-runs.js';
import { captureFlags, readCaptureFlags, readPatience } from '../cli/flags.js';
import { LiveLine } from '../cli/live-line.js';
import { WrappingCommand } from '../cli/wrapping-command.js';
import { requireBase } from '../distributions/base-of.js';
import { ReproError } from '../errors.js';
import { type Origin, openOrigin } from '../resources/origin.js';
import { scratchFolder } from '../scratch.js';
import { checkReplaceable } from '../spec/folder/replaceable.js';
import { loadNeverCarry } from '../spec/secrets/never-carry.js';
import { chooseTracer, tracerNames } from '../tracing/registry.js';
import { describeFollowing } from '../tracing/running-process.js';
import type { TraceOptions } from '../tracing/tracer.js';

/** `reproman trace`. */
export class Trace extends WrappingCommand {
  static override readonly description = 'run a command once and describe the environment it used, in a spec';
  static override readonly examples = [
    '<%= config.bin %> trace -- python3 analysis.py data.csv',
    '<%= config.bin %> trace -o runs/fit.yml --repeat 2 -- ./fit.sh',
    '<%= config.bin %> trace --root /srv/chroot --cwd /srv/work -- make all',
    '<%= config.bin %> trace --append -- ./plot.sh',
    '<%= config.bin %> trace --append --install -- ./install.sh',
    '<%= config.bin %> trace --pid 4711',
  ];
  static override readonly flags = {
    ...captureFlags,
    append: Flags.boolean({
      description: 'add the run to SPEC (default: environment.yml), after those that it has, or begin one',
    }),
    cwd: Flags.string({ description: 'working directory, with --root or --resource', helpValue: 'DIR' }),
    env: Flags.string({
      description: 'keep this environment variable too',
      helpValue: 'NAME',
      multiple: true,
      multipleNonGreedy: true,
    }),
    exact: Flags.boolean({ description: 'wait for the result of every call instead of foreseeing some; slower' }),
    'fix-clock': Flags.boolean({
      description:
        'give it one date, time zone, language and order of hashes, for programs that follow such variables; the spec keeps them',
      exclusive: ['pid'],
    }),
    install: Flags.boolean({
      description: 'the command installs something: record it as a step that create does again, with what it leaves',
      exclusive: ['pid', 'repeat'],
    }),
    output: Flags.string({
      char: 'o',
      description: 'spec to write (default: environment.yml, or the one that is added to)',
      helpValue: 'FILE',
    }),
    pid: Flags.integer({
      description: 'follow this process, which runs already, from now on; slow, and Ctrl-C leaves it to itself',
      exclusive: ['cwd', 'repeat', 'resource', 'root', 'tracer'],
      helpValue: 'PID',
      min: 1,
    }),
    progress: Flags.boolean({ description: 'show on the terminal how many files and processes it uses' }),
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
  static override readonly strict = false;
  static override readonly usage = [
    'trace [-o FILE] [--append [SPEC]] [--install | --repeat N] [--root DIR | --resource NAME] -- COMMAND...',
    'trace [-o FILE] [--append [SPEC]] --pid PID',
  ];

  async run(): Promise<CaptureSummary> {
    const { argv, flags } = await this.parse(Trace);
    const spec = this.specToAddTo(argv.map(String), flags);
    const asked = readCaptureFlags(flags);
    const command = flags.pid === undefined ? this.wanted : [];
    const wait = flags.wait === undefined ? {} : { wait: readPatience(flags.wait) };
    const output = resolve(flags.output ?? spec ?? 'environment.yml');
    // A run may take hours: what would stop the spec from being written is told before.
    await checkReplaceable(output);
    await loadNeverCarry();
    const warn = (line: string) => this.tell(line);
    await using origin = await openOrigin({ ...flags, warn });
    const base = await requireBase(origin.machine, this.signal);
    // The command may change it: its time zone, its C library.
    await origin.machine.platform();
    const source = flags.append ? resolve(spec ?? output) : undefined;
    if (source !== undefined) await checkAppendable(source, base);
    if (flags.pid !== undefined) warn(describeFollowing(flags.pid));
    const tracer = await chooseTracer(origin.machine, { name: flags.pid ? 'native' : flags.tracer, warn });
    await using kept = await scratchFolder('kept');
    const wanted = asked(origin.cwd);
    const limit =
      wanted.carryInputs || flags.install ? Number.MAX_SAFE_INTEGER : (wanted.carryLimit ?? defaultCarryLimit);
    using live = new LiveLine(process.stderr);
    const how = this.howToTrace(origin, {
      ...wait,
      exact: flags.exact,
      environment: flags['fix-clock'] ? steadyVariables(origin.environment) : origin.environment,
      keep: { folder: kept.path, limit },
      ...(flags.progress && process.stderr.isTTY ? { onProgress: live.show } : {}),
    });
    const runs = flags.pid
      ? await followProcess(tracer, flags.pid, how.options)
      : await traceRepeatedly(tracer, command, how.options, flags.repeat, how.again);
    live[Symbol.dispose]();
    const context = { progress: this.progress, signal: this.signal };
    const captured = await capture({
      ...runs,
      machine: origin.machine,
      ...(origin.caller ? { caller: origin.caller } : {}),
      former: origin.former,
      output: source === undefined ? output : ownSpec(output),
      options: { ...wanted, environment: flags.env ?? [], install: flags.install },
      ...context,
    });
    const host = origin.caller ?? origin.machine;
    const summary =
      source === undefined ? captured : await appendRun({ source, added: captured, output, host, ...context });
    this.tell(formatSummary(summary));
    this.leaveAs(runs.traces[0].exit ?? { code: 0 });
    return summary;
  }

  /** The one word that may stand before the dashes; a process that runs already has its command. */
  private specToAddTo(
    words: readonly string[],
    flags: { readonly append: boolean; readonly pid?: number | undefined },
  ): string | undefined {
    const spec = flags.append ? words[0] : undefined;
    const others = flags.append ? words.slice(1) : words;
    if (others.length > 0) throw this.withoutDashes(others);
    if (flags.pid !== undefined && this.command !== undefined) {
      throw new ReproError('usage', '--pid follows a process that runs already, and a command was given too', {
        remedy: 'leave one of them out',
      });
    }
    return spec;
  }

  /** While the command runs, signals are its own. */
  private howToTrace(origin: Origin, asked: Partial<TraceOptions> & Pick<TraceOptions, 'environment'>) {
    const { machine, caller, cwd, user } = origin;
    let isStopped = false;
    const options = {
      ...asked,
      machine,
      cwd,
      umask: process.umask(),
      whileRunning: () => this.interruption.handOver(() => (isStopped = true)),
      signal: this.signal,
      ...(user ? { user } : {}),
      ...(caller ? { caller } : {}),
    };
    return { options, again: () => !isStopped };
  }
}
