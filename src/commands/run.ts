import { resourceArgument } from '../cli/flags.js';
import { ResourceCommand } from '../cli/resource-command.js';
import { ReproError } from '../errors.js';
import type { Exit } from '../model/access.js';
import type { Resource } from '../model/resource.js';

/** `reproman run`. */
export class Run extends ResourceCommand {
  static override readonly args = { name: resourceArgument };
  static override readonly description =
    'run a command in a resource, by default the traced one; what was stopped is started for it, and stopped after it';
  static override readonly examples = [
    '<%= config.bin %> run analysis',
    '<%= config.bin %> run analysis -- make figures',
  ];
  static override readonly usage = 'run NAME [-- COMMAND...]';

  async run(): Promise<Exit> {
    const { args } = await this.parse(Run);
    return this.runIn(args.name, (resource) => this.command ?? this.traced(resource));
  }

  private traced({ name, run }: Resource): readonly string[] {
    if (run.command) return run.command;
    throw new ReproError('usage', `nothing was traced in the environment of '${name}', and no command is given`, {
      remedy: `write it after two dashes: ${this.config.bin} run ${name} -- COMMAND ARGUMENT...`,
    });
  }
}
