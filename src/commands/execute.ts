import { Flags } from '@oclif/core';
import { afterOptions } from '../cli/command-after-dashes.js';
import { ResourceCommand } from '../cli/resource-command.js';
import type { Exit } from '../model/access.js';

/** `reproman execute`: `exec` as ReproMan has it, where the command needs no dashes and `-r` says in which resource. */
export class Execute extends ResourceCommand {
  static override readonly description = 'run a command in a resource, as the traced command ran';
  static override readonly examples = ['<%= config.bin %> execute -r analysis python3 --version'];
  static override readonly flags = {
    resource: Flags.string({ aliases: ['resref'], char: 'r', helpValue: 'NAME', required: true }),
  };
  static override readonly hidden = true;
  static override readonly usage = 'execute -r NAME COMMAND...';

  override async init(): Promise<void> {
    this.argv = afterOptions(this.argv);
    await super.init();
  }

  async run(): Promise<Exit> {
    const { flags } = await this.parse(Execute);
    const command = this.wanted;
    return this.runIn(flags.resource, () => command);
  }
}
