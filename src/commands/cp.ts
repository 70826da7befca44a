import { Args } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { ReproError } from '../errors.js';
import { localMachine } from '../machines/local.js';
import { pathFromText } from '../model/file-path.js';
import { showBytes } from '../model/sizes.js';
import { type Copied, copyBetween, copyToStream } from '../resources/copy/copy.js';
import { here, openEnd, readEnd } from '../resources/copy/named-end.js';
import { spool } from '../resources/copy/spool.js';

/** `reproman cp`. */
export class Cp extends BaseCommand {
  static override readonly args = {
    source: Args.string({
      description: 'what to copy: PATH, NAME:PATH, or - for standard input',
      required: true,
      ignoreStdin: true,
    }),
    target: Args.string({
      description: 'where to: PATH, NAME:PATH, or - for standard output',
      required: true,
      ignoreStdin: true,
    }),
  };
  static override readonly description =
    'copy a file or folder into a resource, out of it, or from one to another, with modes and times';
  static override readonly examples = [
    '<%= config.bin %> cp data analysis:/srv/data',
    '<%= config.bin %> cp analysis:/srv/figures .',
    '<%= config.bin %> cp analysis:/srv/figures/. figures',
    '<%= config.bin %> cp analysis:results.csv - | head',
    'curl URL | <%= config.bin %> cp - analysis:/srv/table.csv',
  ];

  async run(): Promise<Copied> {
    const { args } = await this.parse(Cp);
    const [from, to] = [readEnd(args.source), readEnd(args.target)];
    if (from.kind !== 'resource' && to.kind !== 'resource')
      throw new ReproError('usage', 'neither of the two is in a resource', {
        remedy: 'write one of them as NAME:/path',
      });
    const options = { progress: this.progress, signal: this.signal };
    await using host = await localMachine();
    const opening = { host, warn: (line: string) => this.tell(line) };
    await using given = from.kind === 'stream' ? await spool(process.stdin, this.signal) : undefined;
    await using source =
      from.kind === 'stream' ? here(host, pathFromText(given?.file ?? '')) : await openEnd(from, opening);
    if (to.kind === 'stream') return this.report(await copyToStream(source, this.output(), options));
    await using target = await openEnd(to, opening);
    const copied = await copyBetween(source, target, options);
    this.say(describe(copied));
    return this.report(copied);
  }

  private output(): NodeJS.WritableStream {
    if (!this.jsonEnabled()) return process.stdout;
    throw new ReproError('usage', 'standard output cannot be both the copy and --json');
  }

  private report(copied: Copied): Copied {
    for (const path of copied.leftOut) this.tell(`left out, for it is no file, folder or link: ${path}`);
    return copied;
  }
}

function describe({ files, folders, links, size }: Copied): string {
  const parts = [count(files, 'file'), count(folders, 'folder'), count(links, 'link')].filter(Boolean);
  return `copied ${parts.join(', ')}: ${showBytes(size)}`;
}

function count(number: number, what: string): string {
  return number === 0 ? '' : `${number} ${what}${number === 1 ? '' : 's'}`;
}
