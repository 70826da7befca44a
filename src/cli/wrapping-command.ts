import { ReproError } from '../errors.js';
import type { Exit } from '../model/access.js';
import { BaseCommand } from './base-command.js';
import { splitAtDashes } from './command-after-dashes.js';

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

  /** The command after `--`, which must be there. */
  protected get wanted(): readonly string[] {
    if (this.command !== undefined && this.command.length > 0) return this.command;
    throw new ReproError('usage', 'there is no command', {
      remedy: `write it after two dashes: ${this.config.bin} ${this.id ?? ''} ... -- COMMAND ARGUMENT...`,
    });
  }

  /** Our exit code is the command's. */
  protected leaveAs(exit: Exit): Exit {
    process.exitCode = exit.code;
    return exit;
  }
}
