import { Args } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { resourceArgument } from '../cli/flags.js';
import { localMachine } from '../machines/local.js';
import type { Resource } from '../model/resource.js';
import { renameResource } from '../resources/rename.js';

/** `reproman rename`. */
export class Rename extends BaseCommand {
  static override readonly args = {
    name: resourceArgument,
    to: Args.string({ description: 'its new name', required: true, ignoreStdin: true }),
  };
  static override readonly description = 'give a resource another name, with its folder, image and container';
  static override readonly examples = ['<%= config.bin %> rename analysis paper-2025'];

  async run(): Promise<Pick<Resource, 'name' | 'backend'>> {
    const { args } = await this.parse(Rename);
    await using host = await localMachine();
    const { name, backend } = await renameResource(args.name, args.to, { host });
    this.say(`'${name}' is what '${args.name}' was called`);
    return { name, backend };
  }
}
