import { mkdir, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { openStore } from '../archives/store.js';
import { manifestName } from '../bundle/format.js';
import { unpackBundle } from '../bundle/read.js';
import { StoreCommand } from '../cli/store-command.js';
import { ReproError } from '../errors.js';

/** `reproman unpack`. */
export class Unpack extends StoreCommand {
  static override readonly args = {
    bundle: Args.string({ description: 'bundle to unpack', ignoreStdin: true, required: true }),
  };
  static override readonly description = 'take a bundle apart: the spec into a folder, its packages into the store';
  static override readonly examples = ['<%= config.bin %> unpack analysis.repro -C analysis'];
  static override readonly flags = {
    directory: Flags.string({ char: 'C', default: '.', description: 'folder for the spec', helpValue: 'DIR' }),
  };

  async run(): Promise<{ readonly spec: string; readonly packages: number }> {
    const { args, flags } = await this.parse(Unpack);
    const folder = resolve(flags.directory);
    await mkdir(folder, { recursive: true });
    await refuseOther(folder);
    const context = { progress: this.progress, signal: this.signal };
    const { artifacts, standIns = [] } = await unpackBundle(resolve(args.bundle), {
      folder,
      store: await openStore(),
      ...context,
    });
    const spec = join(folder, manifestName);
    const packages = artifacts.length + standIns.length;
    this.say(`${spec}, and ${packages} packages in the store`);
    return { spec, packages };
  }
}

/** A spec that is there is not written over. */
async function refuseOther(folder: string): Promise<void> {
  const taken = (await readdir(folder)).find((name) => name === manifestName || name === 'environment.d');
  if (taken === undefined) return;
  throw new ReproError('usage', 'a spec is there already', {
    where: join(folder, taken),
    remedy: 'name another folder with -C',
  });
}
