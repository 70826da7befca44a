import { resolve } from 'node:path';
import { Flags, type Interfaces } from '@oclif/core';
import { chooseStore } from '../archives/store-folder.js';
import { readDefaults } from '../resources/defaults.js';
import { BaseCommand } from './base-command.js';

type Parts = Interfaces.OutputFlags<Interfaces.FlagInput>;

/** A verb that uses the store of packages and built systems, which the user may have elsewhere. */
export abstract class StoreCommand extends BaseCommand {
  static override readonly baseFlags = {
    ...BaseCommand.baseFlags,
    store: Flags.string({
      description: 'folder of the store (default: as REPROMAN_STORE or reproman.config.yml says, else in the cache)',
      helpValue: 'DIR',
    }),
  };

  /** Chooses the store as well, before anything opens it. */
  protected override async parse<F extends Parts, B extends Parts, A extends Parts>(
    options?: Interfaces.Input<F, B, A>,
    argv?: string[],
  ): Promise<Interfaces.ParserOutput<F, B, A>> {
    const parsed = await super.parse(options, argv);
    const given: unknown = parsed.flags['store'];
    const { store } = typeof given === 'string' ? { store: resolve(given) } : await readDefaults(process.cwd());
    if (store !== undefined) chooseStore(store);
    return parsed;
  }
}
