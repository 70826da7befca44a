import { resourceArgument } from '../cli/flags.js';
import { runInForeground } from '../cli/foreground.js';
import { WrappingCommand } from '../cli/wrapping-command.js';
import { localMachine } from '../machines/local.js';
import type { Exit } from '../model/access.js';
import { openResource, runConditions } from '../resources/connect.js';

/** bash where the environment has it, else sh. */
const shell = ['sh', '-c', 'if command -v bash >/dev/null; then exec bash -i; else exec sh -i; fi'];

/** `reproman login`. */
export class Login extends WrappingCommand {
  static override readonly args = { name: resourceArgument };
  static override readonly description = 'open a shell in a resource';
  static override readonly examples = ['<%= config.bin %> login analysis'];

  async run(): Promise<Exit> {
    const { args } = await this.parse(Login);
    await using host = await localMachine();
    await using opened = await openResource(args.name, { host, warn: (line) => this.tell(line) });
    const tty = process.stdin.isTTY && process.stdout.isTTY;
    const { environment, ...conditions } = runConditions(opened.resource);
    const terminal = process.env['TERM'] ?? 'dumb';
    const options = { ...conditions, environment: { ...environment, TERM: terminal }, tty };
    const exit = await runInForeground(opened.machine, tty ? shell : ['sh'], options, this.interruption);
    return this.leaveAs(exit);
  }
}
