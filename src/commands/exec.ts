import { resourceArgument } from '../cli/flags.js';
import { runInForeground } from '../cli/foreground.js';
import { WrappingCommand } from '../cli/wrapping-command.js';
import { localMachine } from '../machines/local.js';
import type { Exit } from '../model/access.js';
import { openResource, runConditions } from '../resources/connect.js';

/** `reproman exec`. */
export class Exec extends WrappingCommand {
  static override readonly args = { name: resourceArgument };
  static override readonly description = 'run a command in a resource, as the traced command ran';
  static override readonly examples = ['<%= config.bin %> exec analysis -- python3 --version'];
  static override readonly usage = 'exec NAME -- COMMAND...';

  async run(): Promise<Exit> {
    const { args } = await this.parse(Exec);
    const command = this.wanted;
    await using host = await localMachine();
    await using opened = await openResource(args.name, { host, warn: (line) => this.tell(line) });
    const exit = await runInForeground(opened.machine, command, runConditions(opened.resource), this.interruption);
    return this.leaveAs(exit);
  }
}
