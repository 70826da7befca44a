import { basename } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { openStore } from '../archives/store.js';
import { openTreeCache } from '../archives/trees.js';
import { openSpecification } from '../bundle/open.js';
import { type Packed, packBundle } from '../bundle/pack.js';
import { nameFor, requireFlag } from '../cli/flags.js';
import { StoreCommand } from '../cli/store-command.js';
import { localMachine } from '../machines/local.js';
import { showBytes } from '../model/sizes.js';
import { buildInRooms } from '../resources/build-room.js';
import { createEnvironment } from '../resources/create.js';
import { resolveSpecification } from '../spec/resolve.js';

/** `reproman pack`. */
export class Pack extends StoreCommand {
  static override readonly args = {
    spec: Args.string({ default: 'environment.yml', description: 'spec to pack', ignoreStdin: true }),
  };
  static override readonly description =
    'put a spec with every package that it needs into one file, which can be built without a network';
  static override readonly examples = [
    '<%= config.bin %> pack environment.yml -o analysis.repro',
    '<%= config.bin %> pack --exclude debian environment.yml',
    '<%= config.bin %> pack --require same-source environment.yml',
    '<%= config.bin %> create analysis.repro',
  ];
  static override readonly flags = {
    exclude: Flags.string({
      description: 'packages to leave out, by distribution or distribution:name: an archive must have them at create',
      helpValue: 'GLOB',
      multiple: true,
      multipleNonGreedy: true,
    }),
    output: Flags.string({ char: 'o', description: 'file to write (default: NAME.repro)', helpValue: 'FILE' }),
    require: requireFlag,
  };

  async run(): Promise<Packed> {
    const { args, flags } = await this.parse(Pack);
    const context = { progress: this.progress, signal: this.signal };
    const store = await openStore();
    await using opened = await openSpecification(args.spec, { store, ...context });
    await using host = await localMachine();
    const { lock, changes } = await resolveSpecification(opened.spec, { host, save: true, ...context });
    for (const change of changes) this.tell(`moved since the spec was made: ${change}`);
    const { spec } = opened;
    const name = nameFor(args.spec);
    const rooms = { spec, lock, name, host, store, trees: openTreeCache(store), ...context };
    const packed = await packBundle({
      spec,
      build: buildInRooms(rooms, createEnvironment),
      require: flags.require,
      lock,
      output: flags.output ?? `${basename(args.spec).replace(/\.(?:ya?ml|repro)$/i, '')}.repro`,
      exclude: flags.exclude ?? [],
      host,
      store,
      ...context,
    });
    const { file, size, artifacts, artifactBytes, standIns, excluded } = packed;
    const instead = standIns > 0 ? `; ${standIns} of them were built or had by their version` : '';
    const left = excluded > 0 ? `; ${excluded} left out` : '';
    this.say(`${file}: ${showBytes(size)}, with ${artifacts} packages of ${showBytes(artifactBytes)}${instead}${left}`);
    return packed;
  }
}
