import { Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { escapeControls } from '../cli/error-text.js';
import { renderToolchain } from '../cli/toolchain-table.js';
import { ReproError } from '../errors.js';
import { type Classified, classify } from '../lineage/classify/classify.js';
import { formatClassification } from '../lineage/classify/format.js';
import { aboutSources, sourcesOf } from '../sources/open.js';

/** `reproman classify`. */
export class Classify extends BaseCommand {
  static override readonly description =
    `tell which of some bases an image stands on, whether another would save bytes, and what is on top\n\n${aboutSources}`;
  static override readonly examples = [
    '<%= config.bin %> classify docker:analysis --bases docker:debian:12 --bases docker:python:3.12',
    '<%= config.bin %> classify one.json.gz two.json.gz --bases ubuntu_*.json.gz --toolchain',
    '<%= config.bin %> classify analysis.tar --bases bases.trie --json | jq ".images[0].matches[0]"',
  ];
  static override readonly flags = {
    bases: Flags.string({
      description: 'what it may stand on; all that follows up to the next flag',
      helpValue: 'SOURCE',
      multiple: true,
      required: true,
    }),
    labels: Flags.integer({ description: 'how many packages and programs on top are named', default: 15, min: 0 }),
    matches: Flags.integer({ description: 'how many bases are shown', default: 5, min: 1 }),
    toolchain: Flags.boolean({ description: 'show interpreters, compilers and their like with their versions' }),
  };
  static override readonly strict = false;
  static override readonly usage = 'classify IMAGE... --bases SOURCE...';

  async run(): Promise<Classified> {
    const { argv, flags } = await this.parse(Classify);
    const { progress, signal } = this;
    if (argv.length === 0) {
      throw new ReproError('usage', 'there is nothing to classify', {
        remedy: 'give images before --bases: all that follows it is a base',
      });
    }
    const all = sourcesOf([...flags.bases, ...argv.map(String)]);
    const [bases, images] = [all.slice(0, flags.bases.length), all.slice(flags.bases.length)];
    const found = await classify({ images, bases, hash: false, packages: true, progress, signal });
    const texts = found.images.map((image) => formatClassification(image, flags.matches, flags.labels));
    this.say(escapeControls(texts.join('\n\n')));
    const names = found.images.map(({ image }) => image);
    if (flags.toolchain) this.say(`\n${renderToolchain(found.toolchain, names)}`);
    return found;
  }
}
