import { Flags } from '@oclif/core';
import type { Backend } from '../../backends/backend.js';
import type { Outer } from '../../backends/outer.js';
import { BaseCommand } from '../cli/base-command.js';
import { confirm } from '../cli/confirm.js';
import { readParameters } from '../cli/flags.js';
import { type Column, renderTable } from '../cli/table.js';
import { localMachine } from '../machines/local.js';
import { stage } from '../model/progress.js';
import { defaultParameters, readDefaults } from '../resources/defaults.js';
import { findGarbage, type Garbage, type Searched } from '../resources/garbage.js';
import { openInventory } from '../resources/inventory.js';
import { parseParameters } from '../resources/kind.js';

const columns: readonly Column<Garbage>[] = [
  { title: 'BACKEND', value: ({ backend }) => backend ?? '' },
  { title: 'KIND', value: ({ kind }) => kind },
  { title: 'ID', value: ({ id }) => id },
  { title: 'CREATED', value: ({ created }) => created?.slice(0, 16).replace('T', ' ') ?? '' },
  {
    title: 'RESOURCE',
    value: ({ resource, isForeign }) => `${resource ?? ''}${isForeign ? ' (another inventory)' : ''}`,
  },
];

interface Collected extends Pick<Searched, 'problems'> {
  readonly garbage: readonly Omit<Garbage, 'remove'>[];
  readonly removed: number;
}

/** `reproman gc`. */
export class Gc extends BaseCommand {
  static override readonly description =
    'find what was made for resources that are in the inventory no more, and remove it';
  static override readonly examples = [
    '<%= config.bin %> gc',
    '<%= config.bin %> gc --backend aws -b region=eu-central-1 --yes',
    '<%= config.bin %> gc --backend aws --any-inventory --json',
  ];
  static override readonly flags = {
    'any-inventory': Flags.boolean({
      description: 'also what other inventories made, such as one that was lost; it may be in use by somebody else',
    }),
    backend: Flags.string({ description: 'look only at what this one has: aws, docker', helpValue: 'NAME' }),
    parameter: Flags.string({
      char: 'b',
      description: 'parameter of that backend, such as its region',
      dependsOn: ['backend'],
      helpValue: 'KEY=VALUE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    yes: Flags.boolean({ char: 'y', description: 'remove it without asking; without a terminal it is only shown' }),
  };

  async run(): Promise<Collected> {
    const { flags } = await this.parse(Gc);
    await using here = await localMachine();
    const defaults = await readDefaults(process.cwd());
    const given = readParameters(flags.parameter ?? []);
    const parametersOf = (party: Backend | Outer) =>
      parseParameters({ backend: party }, { ...defaultParameters({ backend: party }, defaults), ...given }).backend;
    const asked = { here, inventory: openInventory(), backend: flags.backend, parametersOf };
    const { garbage: all, problems } = await findGarbage(asked);
    for (const { backend, problem } of problems) this.tell(`Not looked for on ${backend}: ${problem}.`);
    const garbage = all.filter(({ isForeign }) => flags['any-inventory'] || !isForeign);
    if (garbage.length < all.length)
      this.tell(`Left to others: ${all.length - garbage.length} of other inventories (see --any-inventory).`);
    if (garbage.length === 0) this.tell('There is nothing to remove.');
    else this.say(renderTable(columns, garbage));
    const told = garbage.map(({ remove: _remove, ...each }) => each);
    if (garbage.length === 0 || !(flags.yes || process.stdin.isTTY)) return { garbage: told, removed: 0, problems };
    if (!flags.yes) await confirm(`Remove ${garbage.length === 1 ? 'it' : `these ${garbage.length}`}?`);
    for (const { kind, id, remove } of garbage) await stage(this.progress, `remove ${kind} ${id}`, remove);
    return { garbage: told, removed: garbage.length, problems };
  }
}
