import { resolve } from 'node:path';
import { Args } from '@oclif/core';
import { type BundleSummary, summarizeBundle } from '../bundle/summary.js';
import { BaseCommand } from '../cli/base-command.js';
import { onOneLine } from '../cli/error-text.js';
import { renderTable } from '../cli/table.js';
import { showBytes } from '../model/sizes.js';

/** `reproman inspect`. */
export class Inspect extends BaseCommand {
  static override readonly args = {
    bundle: Args.string({ description: 'bundle to look into', ignoreStdin: true, required: true }),
  };
  static override readonly description = 'tell what a bundle holds, without unpacking it';
  static override readonly examples = [
    '<%= config.bin %> inspect analysis.repro',
    '<%= config.bin %> inspect a.repro --json',
  ];

  async run(): Promise<BundleSummary> {
    const { args } = await this.parse(Inspect);
    const summary = await summarizeBundle(resolve(args.bundle));
    const { base, runs, epoch, size, kinds, standIns } = summary;
    this.say(
      [
        onOneLine(`base   ${base.distribution} ${base.release} ${base.architecture}`),
        `dated  ${epoch}`,
        ...runs.map(({ id, command }) => `run    ${id}: ${onOneLine(command.join(' '))}`),
        `size   ${showBytes(size)}`,
        renderTable(
          [
            { title: 'KIND', value: ({ kind }) => kind },
            { title: 'FILES', value: ({ files }) => String(files), align: 'right' },
            { title: 'SIZE', value: ({ bytes }) => showBytes(bytes), align: 'right' },
            { title: 'LEFT OUT', value: ({ excluded }) => (excluded > 0 ? String(excluded) : ''), align: 'right' },
          ],
          kinds,
        ),
        ...standIns.map(({ distribution, name, version, instead, sameness, evidence }) => {
          const is = instead === undefined ? sameness : `${sameness} ${instead}`;
          return onOneLine(`instead of ${distribution}:${name} ${version}: ${is}, ${evidence}`);
        }),
      ].join('\n'),
    );
    return summary;
  }
}
