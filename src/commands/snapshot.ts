import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { renderTable } from '../cli/table.js';
import type { ContainerAnalysisResult } from '../comparison/container-diff/analyze.js';
import { type Analyzer, analyzers } from '../comparison/container-diff/kinds.js';
import { analyzeAsContainerDiff } from '../comparison/container-diff/run.js';
import { ReproError } from '../errors.js';
import { showBytes } from '../model/sizes.js';
import { sourceNames, sourcesOf } from '../sources/open.js';
import type { Source } from '../sources/source.js';
import type { SnapshotSummary } from '../sources/summary.js';
import { takeSnapshot } from '../sources/take-snapshot.js';
import { writeWhole } from '../whole-file.js';

/** `reproman snapshot`. */
export class Snapshot extends BaseCommand {
  static override readonly args = {
    source: Args.string({ description: `what to look at: ${sourceNames}`, ignoreStdin: true, required: true }),
  };
  static override readonly description =
    'write down every file of a filesystem, with content hashes and packages, whatever the filesystem lies in';
  static override readonly examples = [
    '<%= config.bin %> snapshot docker:debian:12 -o debian.trie',
    '<%= config.bin %> snapshot registry:127.0.0.1:5000/lab/base:1 --json | jq .bytes',
    '<%= config.bin %> snapshot host:/usr -o before.trie && <%= config.bin %> diff before.trie host:/usr',
    '<%= config.bin %> snapshot now=dir:/srv/rootfs --attributes -o now.trie',
    '<%= config.bin %> snapshot docker:app:2 --format container-diff --type aptlayer',
  ];
  static override readonly flags = {
    attributes: Flags.boolean({ description: 'note extended attributes as well, where they have to be looked for' }),
    format: Flags.string({
      default: 'trie',
      description:
        'trie: packed, with packages and facts; jsonl: one entry a line in JSON, gzip, as specs have them; container-diff: what container-diff analyze prints, as text, or as JSON with --json and in a file',
      options: ['trie', 'jsonl', 'container-diff'],
    }),
    hash: Flags.boolean({ allowNo: true, default: true, description: 'hash the content of files' }),
    output: Flags.string({
      char: 'o',
      description: 'file to write (default: only tell what there is)',
      helpValue: 'FILE',
    }),
    packages: Flags.boolean({ allowNo: true, default: true, description: 'find out which package each file is of' }),
    platform: Flags.string({
      description: "of an image for several platforms the one to take, such as linux/arm64 (default: this machine's)",
      helpValue: 'OS/ARCHITECTURE',
    }),
    type: Flags.option({
      char: 't',
      description: 'what --format container-diff tells; may be given again (default: file)',
      multiple: true,
      multipleNonGreedy: true,
      options: analyzers,
    })(),
  };

  async run(): Promise<(SnapshotSummary & { readonly file?: string }) | ContainerAnalysisResult['json']> {
    const { args, flags } = await this.parse(Snapshot);
    const { hash, packages, attributes, platform, format } = flags;
    const [source] = sourcesOf([args.source]);
    if (source === undefined) throw new Error('one text is one source');
    if (format === 'container-diff') {
      if (!hash || !packages || attributes)
        throw new ReproError('usage', '--no-hash, --no-packages and --attributes are not for --format container-diff', {
          remedy: 'choose what it looks at with --type',
        });
      return this.analyze(source, flags);
    }
    if (flags.type) throw new ReproError('usage', '--type is for --format container-diff', { remedy: 'give both' });
    const options = { hash, packages, attributes, ...(platform !== undefined && { platform }) };
    const summary = await takeSnapshot(source, {
      ...options,
      ...(flags.output !== undefined && { output: resolve(flags.output), format: format as 'trie' | 'jsonl' }),
      progress: this.progress,
      signal: this.signal,
    });
    this.say(describe(summary));
    return { ...summary, ...(flags.output !== undefined && { file: flags.output }) };
  }

  private async analyze(
    source: Source,
    { type = ['file'], output, platform }: Analyzing,
  ): Promise<ContainerAnalysisResult['json']> {
    const context = { progress: this.progress, signal: this.signal, ...(platform !== undefined && { platform }) };
    const { json, text } = await analyzeAsContainerDiff(source, type, context);
    if (output !== undefined)
      await writeWhole(resolve(output), (draft) => writeFile(draft, `${JSON.stringify(json, undefined, 2)}\n`));
    else if (!this.jsonEnabled()) process.stdout.write(text);
    return json;
  }
}

interface Analyzing {
  readonly type?: readonly Analyzer[] | undefined;
  readonly output?: string | undefined;
  readonly platform?: string | undefined;
}

function describe({ entries, bytes, unreadable, treeDigest, packages, owned }: SnapshotSummary): string {
  const rows = Object.entries(entries).map(([what, count]) => ({ what, count: String(count) }));
  const counted = Object.entries(packages ?? {}).map(([name, count]) => ({
    what: `packages of ${name}`,
    count: String(count),
  }));
  const more = [
    { what: 'content', count: showBytes(bytes) },
    ...(unreadable > 0 ? [{ what: 'unreadable', count: String(unreadable) }] : []),
    ...(owned === undefined ? [] : [{ what: 'of packages', count: String(owned) }]),
    ...counted,
    ...(treeDigest === undefined ? [] : [{ what: 'tree digest', count: treeDigest }]),
  ];
  return renderTable(
    [
      { title: 'WHAT', value: ({ what }) => what },
      { title: 'HOW MANY', value: ({ count }) => count },
    ],
    [...rows, ...more],
  );
}
