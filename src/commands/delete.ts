import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { confirm } from '../cli/confirm.js';
import { readNames } from '../cli/flags.js';
import { localMachine } from '../machines/local.js';
import { openInventory } from '../resources/inventory.js';
import { sweepLeftovers } from '../resources/leftovers.js';
import { removeResource } from '../resources/remove.js';

/** `reproman delete`. */
export class Delete extends BaseCommand {
  static override readonly description = 'remove resources with all that was made for them';
  static override readonly examples = ['<%= config.bin %> delete analysis', '<%= config.bin %> delete --yes one two'];
  static override readonly flags = {
    force: Flags.boolean({
      description: 'forget what cannot be reached any more, such as a host or an engine, and say what stays there',
    }),
    yes: Flags.boolean({ char: 'y', description: 'do not ask' }),
  };
  static override readonly strict = false;
  static override readonly usage = 'delete NAME... [--yes] [--force]';

  async run(): Promise<{ readonly removed: readonly string[] }> {
    const { argv, flags } = await this.parse(Delete);
    const asked = readNames(argv);
    const inventory = openInventory();
    const found = await Promise.all(asked.map((name) => inventory.find(name)));
    // An image stays as long as there are instances of it.
    const inOrder = [...found.filter(({ form }) => form !== 'image'), ...found.filter(({ form }) => form === 'image')];
    const names = new Set(inOrder.map(({ name }) => name));
    if (!flags.yes) await confirm(`Remove ${[...names].join(', ')}?`);
    await using host = await localMachine();
    for (const name of names) {
      await removeResource(name, { host, inventory, force: flags.force, progress: this.progress });
      await sweepLeftovers(name, host, inventory);
    }
    return { removed: [...names] };
  }
}
