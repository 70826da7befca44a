import { Args } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { shellFlag, shellOf } from '../cli/shell-flag.js';
import { type Assignment, deactivate } from '../resources/activate/activation.js';
import { shellText } from '../resources/activate/shells.js';

/** `reproman deactivate`. */
export class Deactivate extends BaseCommand {
  static override readonly args = {
    name: Args.string({ description: 'resource to leave; default: the one that is active', ignoreStdin: true }),
  };
  static override readonly description = 'print what a shell must evaluate to be as it was before `activate`';
  static override readonly examples = [
    'eval "$(<%= config.bin %> deactivate)"',
    '<%= config.bin %> deactivate --shell fish | source',
  ];
  static override readonly flags = { shell: shellFlag };

  async run(): Promise<readonly Assignment[]> {
    const { args, flags } = await this.parse(Deactivate);
    const assignments = deactivate(process.env, args.name);
    this.say(shellText(assignments, shellOf(flags.shell)).text);
    return assignments;
  }
}
