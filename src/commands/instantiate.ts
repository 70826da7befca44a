import { Args, Flags } from '@oclif/core';
import { openStore } from '../archives/store.js';
import { StoreCommand } from '../cli/store-command.js';
import { localMachine } from '../machines/local.js';
import type { Resource } from '../model/resource.js';
import { instantiateImage } from '../resources/images/instantiate.js';

/** `reproman instantiate`. */
export class Instantiate extends StoreCommand {
  static override readonly args = {
    image: Args.string({ description: 'image, as `reproman ls` shows it', required: true, ignoreStdin: true }),
  };
  static override readonly description = 'make instances of an image, which share it where its backend can';
  static override readonly examples = [
    '<%= config.bin %> instantiate analysis',
    '<%= config.bin %> instantiate analysis --name one',
    '<%= config.bin %> instantiate analysis --count 8 --name worker',
  ];
  static override readonly flags = {
    count: Flags.integer({ default: 1, min: 1, description: 'how many; their names end in numbers then' }),
    name: Flags.string({ description: 'name of the instance (default: IMAGE-1 and so on)', helpValue: 'NAME' }),
  };

  async run(): Promise<{ readonly instances: readonly Resource[] }> {
    const { args, flags } = await this.parse(Instantiate);
    await using host = await localMachine();
    const instances = await instantiateImage({
      ...{ image: args.image, count: flags.count, ...(flags.name !== undefined && { name: flags.name }) },
      ...{ host, store: await openStore(), tool: this.config.version, progress: this.progress, signal: this.signal },
    });
    for (const { name } of instances) this.say(name);
    return { instances };
  }
}
