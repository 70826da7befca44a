import { BaseCommand } from '../cli/base-command.js';
import { resourceArgument } from '../cli/flags.js';
import { shellFlag, shellOf } from '../cli/shell-flag.js';
import { activationOf } from '../resources/activate/activate.js';
import { type Assignment, activate, canBeActive } from '../resources/activate/activation.js';
import { shellText } from '../resources/activate/shells.js';
import { readyResource } from '../resources/connect.js';
import { openInventory } from '../resources/inventory.js';
import { kindOf } from '../resources/kind.js';
import { readOwnSpec } from '../resources/own-spec.js';

/** `reproman activate`. */
export class Activate extends BaseCommand {
  static override readonly args = { name: resourceArgument };
  static override readonly description =
    "print what a shell must evaluate to have a resource's variables, and its environments' programs first";
  static override readonly examples = [
    'eval "$(<%= config.bin %> activate analysis)"',
    '<%= config.bin %> activate analysis --shell fish | source',
    'eval "`<%= config.bin %> activate analysis --shell csh`"',
  ];
  static override readonly flags = { shell: shellFlag };

  async run(): Promise<readonly Assignment[]> {
    const { args, flags } = await this.parse(Activate);
    const resource = await readyResource(args.name, openInventory());
    const activation = await activationOf(resource, await readOwnSpec(resource));
    const { backend, outer } = await kindOf(resource.backend);
    if (!backend.adopt || outer)
      this.tell(
        `These are for a shell in '${resource.name}', whose files are at their places there only; reproman login ${resource.name} gives one.`,
      );
    const assignments = activate(activation, process.env);
    const { text, leftOut } = shellText(assignments, shellOf(flags.shell));
    const others = Object.keys(activation.variables).filter((name) => !canBeActive(name));
    for (const name of [...leftOut, ...others]) this.tell(`left as it is: the variable ${name}`);
    this.say(text);
    return assignments;
  }
}
