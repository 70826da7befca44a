import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { type Column, renderTable } from '../cli/table.js';
import { localMachine } from '../machines/local.js';
import { showBytes } from '../model/sizes.js';
import { type ListedResource, listResources, shownLive } from '../resources/list.js';

type Columns = readonly Column<ListedResource>[];

const columns: Columns = [
  { title: 'NAME', value: ({ name }) => name },
  { title: 'BACKEND', value: ({ backend }) => backend ?? '' },
  { title: 'STATE', value: shownLive },
  { title: 'CREATED', value: ({ created }) => created?.slice(0, 16).replace('T', ' ') ?? '' },
];

const asked: Columns = [
  { title: 'SIZE', align: 'right', value: ({ size }) => shownSize(size) },
  { title: 'PLACE', value: ({ problem, description }) => problem ?? description ?? '' },
];

const more: Columns = [
  { title: 'TREE', value: ({ treeDigest }) => treeDigest?.slice(0, 12) ?? '' },
  { title: 'ENVIRONMENT', value: ({ environmentDigest }) => environmentDigest?.slice(0, 12) ?? '' },
  { title: 'SPEC SIZE', align: 'right', value: ({ specSize }) => shownSize(specSize) },
];

/** The last, for what is in it may be long. */
const origin: Columns = [{ title: 'SPEC', value: ({ spec, problem }) => spec ?? problem ?? '' }];

/** `reproman ls`. */
export class Ls extends BaseCommand {
  static override readonly description = 'list the resources that were created';
  static override readonly examples = [
    '<%= config.bin %> ls',
    '<%= config.bin %> ls --refresh',
    '<%= config.bin %> ls -v analysis --json',
  ];
  static override readonly flags = {
    refresh: Flags.boolean({
      char: 'r',
      description: 'ask each backend what is really there, how large it is and whether it runs',
    }),
    verbose: Flags.boolean({ char: 'v', description: 'with digests, and the size of what each keeps of its spec' }),
  };
  static override readonly strict = false;
  static override readonly usage = 'ls [NAME...] [--refresh] [-v]';

  async run(): Promise<readonly ListedResource[]> {
    const { argv, flags } = await this.parse(Ls);
    await using host = await localMachine();
    const { refresh, verbose } = flags;
    const resources = await listResources({ host, names: argv.map(String), refresh, measure: verbose });
    const shown = [...columns, ...(verbose ? more : []), ...(refresh ? asked : origin)];
    if (resources.length === 0) this.tell('There are no resources. Make one with: reproman create environment.yml');
    else this.say(renderTable(shown, resources));
    return resources;
  }
}

function shownSize(size: number | undefined): string {
  return size === undefined ? '' : showBytes(size);
}
