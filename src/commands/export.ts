import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { resourceArgument } from '../cli/flags.js';
import { localMachine } from '../machines/local.js';
import { showBytes } from '../model/sizes.js';
import { findReady } from '../resources/connect.js';
import { type Exported, exportResource } from '../resources/export.js';
import { readOwnSpec } from '../resources/own-spec.js';

/** `reproman export`. */
export class Export extends BaseCommand {
  static override readonly args = { name: resourceArgument };
  static override readonly description =
    'write the files of a resource into one file, the same bytes for the same environment';
  static override readonly examples = [
    '<%= config.bin %> export analysis -o analysis.tar',
    '<%= config.bin %> export analysis --oci && docker load -i analysis.oci.tar',
  ];
  static override readonly flags = {
    oci: Flags.boolean({ description: 'an image of one layer instead: an OCI layout that docker load takes too' }),
    output: Flags.string({
      char: 'o',
      description: 'file to write (default: NAME.tar or NAME.oci.tar)',
      helpValue: 'FILE',
    }),
  };

  async run(): Promise<Exported> {
    const { args, flags } = await this.parse(Export);
    await using host = await localMachine();
    await using place = await findReady(args.name, { host });
    const { resource } = place;
    const exported = await exportResource({
      ...place,
      spec: await readOwnSpec(resource),
      output: resolve(flags.output ?? `${resource.name}${flags.oci ? '.oci' : ''}.tar`),
      format: flags.oci ? 'oci' : 'tar',
      progress: this.progress,
      signal: this.signal,
    });
    const { file, size, sha256, image } = exported;
    this.say(`${file}: ${showBytes(size)}${image === undefined ? '' : `, ${image}`}, sha256 ${sha256}`);
    return exported;
  }
}
