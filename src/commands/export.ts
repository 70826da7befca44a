import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { type FormatName, formats } from '../../backends/registry.js';
import { openStore } from '../archives/store.js';
import { resourceArgument } from '../cli/flags.js';
import { StoreCommand } from '../cli/store-command.js';
import type { ImageFormat } from '../machines/formats/format.js';
import { localMachine } from '../machines/local.js';
import { showBytes } from '../model/sizes.js';
import { findReady } from '../resources/connect.js';
import { type Exported, exportResource } from '../resources/export.js';
import { readOwnSpec } from '../resources/own-spec.js';

/** `reproman export`. */
export class Export extends StoreCommand {
  static override readonly args = { name: resourceArgument };
  static override readonly description =
    'write the files of a resource into one file, the same bytes for the same environment where its form allows that';
  static override readonly examples = [
    '<%= config.bin %> export analysis -o analysis.tar',
    '<%= config.bin %> export analysis --to oci && docker load -i analysis.oci.tar',
    '<%= config.bin %> export analysis --to sif',
  ];
  static override readonly flags = {
    output: Flags.string({
      char: 'o',
      description: 'file or folder to write (default: NAME with the ending of the form)',
      helpValue: 'FILE',
    }),
    to: Flags.option({ options: Object.keys(formats) as FormatName[] })({
      default: 'tar',
      description: 'form of the file; oci and docker-archive are images, sandbox is a folder',
    }),
  };

  async run(): Promise<Exported> {
    const { args, flags } = await this.parse(Export);
    await using host = await localMachine();
    await using place = await findReady(args.name, { host });
    const { resource } = place;
    const format: ImageFormat = await formats[flags.to]();
    const exported = await exportResource({
      ...place,
      spec: await readOwnSpec(resource),
      output: resolve(flags.output ?? `${resource.name}${format.suffix}`),
      format: flags.to,
      store: await openStore(),
      progress: this.progress,
      signal: this.signal,
    });
    const { file, size, sha256, image, treeDigest } = exported;
    const facts = [
      ...(size === undefined ? [] : [showBytes(size)]),
      ...(image === undefined ? [] : [image]),
      sha256 === undefined ? `tree digest ${treeDigest}` : `sha256 ${sha256}`,
    ];
    this.say(`${file}: ${facts.join(', ')}`);
    return exported;
  }
}
