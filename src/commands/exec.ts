import { resourceArgument } from '../cli/flags.js';
import { ResourceCommand } from '../cli/resource-command.js';
import type { Exit } from '../model/access.js';

/** `reproman exec`. */
export class Exec extends ResourceCommand {
  static override readonly args = { name: resourceArgument };
  static override readonly description = 'run a command in a resource, as the traced command ran';
  static override readonly examples = ['<%= config.bin %> exec analysis -- python3 --version'];
  static override readonly usage = 'exec NAME -- COMMAND...';

  async run(): Promise<Exit> {
    const { args } = await this.parse(Exec);
    const command = this.wanted;
    return this.runIn(args.name, () => command);
  }
}
