import { ReproError } from '../errors.js';
import type { Exit } from '../model/access.js';
import { BaseCommand } from './base-command.js';
import { splitAtDashes } from './command-after-dashes.js';
import { isUsageError } from './error-text.js';

/** A verb that stands for another command, as env(1) does: its standard streams and exit code are that command's. */
export abstract class WrappingCommand extends BaseCommand {
  static override readonly wraps = true;
  /** What was asked for after the first `--`; undefined where there was none. */
  protected command: readonly string[] | undefined;

  override async init(): Promise<void> {
    const { own, command } = splitAtDashes(this.argv);
    this.argv = own;
    this.command = command;
    await super.init();
  }

  /** Where the words that nobody expected are a command, as after the name in `docker exec`, it says what to type. */
  override async catch(error: Error): Promise<void> {
    const [name = '-', first = '-', ...rest] = this.argv;
    const isForgotten =
      isUsageError(error) &&
      this.command === undefined &&
      String(this.ctor.usage).includes('-- COMMAND') &&
      ![name, first].some((word) => word.startsWith('-'));
    await super.catch(isForgotten ? this.withoutDashes([first, ...rest], [name]) : error);
  }

  /** The command after `--`, which must be there. */
  protected get wanted(): readonly string[] {
    if (this.command !== undefined && this.command.length > 0) return this.command;
    throw new ReproError('usage', 'there is no command', {
      remedy: `write it after two dashes: ${this.config.bin} ${this.id ?? ''} ... -- COMMAND ARGUMENT...`,
    });
  }

  /** The error for words that stand where only our own may. */
  protected withoutDashes(words: readonly string[], own: readonly string[] = ['...']): ReproError {
    const shown = words.join(' ');
    const command = this.command === undefined ? words : ['COMMAND', 'ARGUMENT...'];
    const right = [this.config.bin, this.id ?? '', ...own, '--', ...command].join(' ');
    return new ReproError('usage', `'${shown}' is not expected before '--'`, {
      remedy: `write the command after two dashes: ${right}`,
    });
  }

  /** Our exit code is the command's. */
  protected leaveAs(exit: Exit): Exit {
    process.exitCode = exit.code;
    return exit;
  }
}
