import { loadHelpClass } from '@oclif/core/help';
import { BaseCommand } from '../cli/base-command.js';

interface Verb {
  readonly verb: string;
  readonly description: string;
}

/** `reproman help`; a plug-in for it would be looked for at each start. */
export class Help extends BaseCommand {
  static override readonly description = 'show help for a verb, or for all of them';
  static override readonly examples = ['<%= config.bin %> help', '<%= config.bin %> help create'];
  static override readonly strict = false;
  static override readonly usage = 'help [VERB]';

  async run(): Promise<readonly Verb[]> {
    const { argv } = await this.parse(Help);
    const id = argv.join(':');
    const found = this.config.commands.filter((each) => `${each.id}:`.startsWith(id === '' ? '' : `${id}:`));
    if (found.length === 0) {
      await this.config.runHook('command_not_found', { id });
    } else if (!this.jsonEnabled()) {
      const Shown = await loadHelpClass(this.config);
      await new Shown(this.config, this.config.pjson.oclif.helpOptions).showHelp(argv.map(String));
    }
    const shown = found.filter(({ hidden }) => !hidden);
    return shown.map((each) => ({ verb: each.id.replaceAll(':', ' '), description: each.description ?? '' }));
  }
}
