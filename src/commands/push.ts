import { Args } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { resourceArgument } from '../cli/flags.js';
import { localMachine } from '../machines/local.js';
import { pushImage } from '../resources/images/push.js';

/** `reproman push`. */
export class Push extends BaseCommand {
  static override readonly args = {
    name: resourceArgument,
    reference: Args.string({
      description: 'name in the registry, such as registry.example.org/lab/analysis:1',
      required: true,
      ignoreStdin: true,
    }),
  };
  static override readonly description = 'give the image of a resource to a registry, and tell its digest';
  static override readonly examples = ['<%= config.bin %> push analysis registry.example.org/lab/analysis:1'];

  async run(): Promise<{ readonly image: string }> {
    const { args } = await this.parse(Push);
    await using host = await localMachine();
    const image = await pushImage({ ...args, host, progress: this.progress, signal: this.signal });
    this.say(image);
    return { image };
  }
}
