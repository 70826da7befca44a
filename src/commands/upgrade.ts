import { resolve } from 'node:path';
import { Args } from '@oclif/core';
import { openStore } from '../archives/store.js';
import { openSpecification } from '../bundle/open.js';
import { ChangeCommand, type ChangeResult } from '../cli/change-command.js';
import { resourceArgument } from '../cli/flags.js';
import { localMachine } from '../machines/local.js';
import { upgradeResource } from '../resources/upgrade/upgrade.js';
import { resolveSpecification } from '../spec/resolve.js';

/** `reproman upgrade`. */
export class Upgrade extends ChangeCommand {
  static override readonly args = {
    name: resourceArgument,
    spec: Args.string({
      description: 'spec or bundle of what it is to be; default: its own, to put right what was changed in it',
      ignoreStdin: true,
    }),
  };
  static override readonly description =
    'make a resource into what create makes of another spec, by writing and removing only what differs';
  static override readonly examples = [
    '<%= config.bin %> upgrade analysis environment.yml --dry-run',
    '<%= config.bin %> upgrade analysis environment.yml',
    '<%= config.bin %> upgrade analysis',
  ];
  static override readonly flags = { ...ChangeCommand.changeFlags };

  async run(): Promise<ChangeResult> {
    const { args, flags } = await this.parse(Upgrade);
    const store = await openStore();
    const context = { progress: this.progress, signal: this.signal };
    await using host = await localMachine();
    await using opened =
      args.spec === undefined ? undefined : await openSpecification(args.spec, { store, ...context });
    const upgraded = await upgradeResource({
      ...{ name: args.name, host, store, ...this.agreeing(flags) },
      wanted: async (own, resource) => {
        if (!opened || args.spec === undefined) return { spec: own, source: resource.spec };
        const { lock, changes } = await resolveSpecification(opened.spec, {
          host,
          save: !flags['dry-run'],
          ...context,
        });
        for (const change of changes) this.tell(`moved since the spec was made: ${change}`);
        return { spec: { ...opened.spec, lock }, source: resolve(args.spec) };
      },
    });
    return this.report(upgraded);
  }
}
