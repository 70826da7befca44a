import { BaseCommand } from '../cli/base-command.js';
import { type Column, renderTable } from '../cli/table.js';
import { localMachine } from '../machines/local.js';
import { showBytes } from '../model/sizes.js';
import { type ListedResource, listResources } from '../resources/list.js';

const columns: readonly Column<ListedResource>[] = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'BACKEND', value: ({ backend }) => backend ?? '' },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'SIZE', align: 'right', value: ({ size }) => (size === undefined ? '' : showBytes(size)) },
  { title: 'CREATED', value: ({ created }) => created?.slice(0, 16).replace('T', ' ') ?? '' },
  { title: 'PLACE', value: ({ problem, description }) => problem ?? description ?? '' },
];

/** `reproman ls`. */
export class Ls extends BaseCommand {
  static override readonly description = 'list the resources that were created';
  static override readonly examples = ['<%= config.bin %> ls', '<%= config.bin %> ls --json'];

  async run(): Promise<readonly ListedResource[]> {
    await this.parse(Ls);
    await using host = await localMachine();
    const resources = await listResources({ host });
    if (resources.length === 0) this.tell('There are no resources. Make one with: reproman create environment.yml');
    else this.say(renderTable(columns, resources));
    return resources;
  }
}
