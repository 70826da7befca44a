import { Command, Flags } from '@oclif/core';
import { firstFailure, ReproError } from '../errors.js';
import type { Progress } from '../model/progress.js';
import { silent } from '../model/progress.js';
import { errorData, errorText, flagMistake, isExpected, isUsageError } from './error-text.js';
import { exitCodeOfSignal, exitCodes, wrapperExitCodes } from './exit-codes.js';
import { Interruption } from './interruption.js';
import { ProgressReporter } from './progress-reporter.js';

/**
 * What all verbs share: `--json`, errors as one paragraph on standard error with the right exit code, progress, and
 * signals that lead to a clean-up.
 */
export abstract class BaseCommand extends Command {
  static override enableJsonFlag = true;
  /** As in ReproMan, for scripts that were written for it: names and their beginnings are always understood. */
  static override readonly baseFlags = {
    'resref-type': Flags.string({ hidden: true, options: ['auto', 'name'] }),
  };
  /** Of verbs that stand for another command: standard output and the exit code are that command's. */
  static readonly wraps: boolean = false;

  #interruption: Interruption | undefined;
  #reporter: ProgressReporter | undefined;

  /** Aborted by SIGINT, SIGTERM and SIGHUP. */
  protected get signal(): AbortSignal {
    return this.interruption.signal;
  }

  protected get interruption(): Interruption {
    if (this.#interruption === undefined) throw new Error('the command has not begun');
    return this.#interruption;
  }

  protected get progress(): Progress {
    return this.#reporter?.report ?? silent;
  }

  override async init(): Promise<void> {
    await super.init();
    surviveClosedOutput();
    this.#interruption = new Interruption();
    if (!this.jsonEnabled()) this.#reporter = new ProgressReporter(process.stderr);
  }

  /** The result for people, on standard output. */
  protected say(text: string): void {
    this.log('%s', text.trimEnd());
  }

  /** Everything that is not the result, on standard error. */
  protected tell(text: string): void {
    if (!this.jsonEnabled()) process.stderr.write(`${text.trimEnd()}\n`);
  }

  override async catch(thrown: Error & { exitCode?: number; oclif?: { exit?: number } }): Promise<void> {
    const error = firstFailure(thrown);
    this.#reporter?.[Symbol.dispose]();
    if (error.oclif?.exit === 0) throw error;
    process.exitCode = this.#exitCodeOf(error);
    const interrupted = this.#interruption?.received;
    if (this.jsonEnabled())
      this.logJson({ error: interrupted ? { kind: 'interrupted', message: interrupted } : errorData(error) });
    else process.stderr.write(`${this.#paragraph(error, interrupted)}\n`);
  }

  override async finally(error: Error | undefined): Promise<void> {
    this.#reporter?.[Symbol.dispose]();
    this.#interruption?.[Symbol.dispose]();
    await super.finally(error);
  }

  /** Of a wrapping verb standard output belongs to the command, so the result as data goes to standard error. */
  override logJson(json: unknown): void {
    if (this.wraps) process.stderr.write(`${JSON.stringify(json, undefined, 2)}\n`);
    else process.stdout.write(`${JSON.stringify(json, undefined, 2)}\n`);
  }

  get wraps(): boolean {
    return (this.ctor as unknown as typeof BaseCommand).wraps;
  }

  #exitCodeOf(error: Error): number {
    const interrupted = this.#interruption?.received;
    if (interrupted !== undefined) return exitCodeOfSignal(interrupted);
    if (this.wraps) return wrapperExitCodes.failed;
    if (error instanceof ReproError) return exitCodes[error.kind];
    return isUsageError(error) ? exitCodes.usage : exitCodes['step-failed'];
  }

  #paragraph(error: Error, interrupted: NodeJS.Signals | undefined): string {
    const name = `${this.config.bin} ${(this.id ?? '').replaceAll(':', ' ')}`.trim();
    if (interrupted !== undefined) return `${name}: stopped by ${interrupted}; what had been begun was cleaned up.`;
    if (isUsageError(error)) return `${name}: ${usageText(error)} See ${name} --help.`;
    const text = `${name}: ${errorText(error)}`;
    return isExpected(error) ? text : `${text}\nThis is a fault in ${this.config.bin} itself:\n${error.stack ?? ''}`;
  }
}

function usageText(error: Error): string {
  const [first = ''] = (flagMistake(error) ?? error.message)
    .replace(/See more help with --help\s*$/, '')
    .split(/\n\s*\n/);
  const text = first.replace(/\s*\n\s*/g, ' ').trim();
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** `reproman ls | head -1` must not end in a stack trace. */
function surviveClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.listeners('error').includes(ignoreClosed)) continue;
    stream.on('error', ignoreClosed);
  }
}

function ignoreClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
