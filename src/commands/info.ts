import { BaseCommand } from '../cli/base-command.js';
import { resourceArgument } from '../cli/flags.js';
import { localMachine } from '../machines/local.js';
import { formatInfo } from '../resources/format-info.js';
import { type ResourceInfo, resourceInfo } from '../resources/info.js';

/** `reproman info`. */
export class Info extends BaseCommand {
  static override readonly args = { name: resourceArgument };
  static override readonly description = 'tell all that is known of a resource';
  static override readonly examples = [
    '<%= config.bin %> info analysis',
    '<%= config.bin %> info analysis --json | jq -r .treeDigest',
  ];

  async run(): Promise<ResourceInfo> {
    const { args } = await this.parse(Info);
    await using host = await localMachine();
    const info = await resourceInfo(args.name, { host });
    this.say(formatInfo(info));
    return info;
  }
}
