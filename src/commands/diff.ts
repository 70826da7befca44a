import { Args, Flags } from '@oclif/core';
import { BaseCommand } from '../cli/base-command.js';
import { exitCodes } from '../cli/exit-codes.js';
import { addedEntries } from '../comparison/added.js';
import { type ComparedSources, compareSourcePair } from '../comparison/compare-sources.js';
import { isEqual } from '../comparison/comparison.js';
import { type Analyzer, analyzers } from '../comparison/container-diff/kinds.js';
import { diffAsContainerDiff } from '../comparison/container-diff/run.js';
import { formatJunit, formatSarif } from '../comparison/format-ci.js';
import { formatMarkdown } from '../comparison/format-markdown.js';
import { formatComparison } from '../comparison/format-text.js';
import { readRules, type Violation, violationsOf, withoutIgnored } from '../comparison/rules.js';
import { comparisonDocument } from '../comparison/schema.js';
import { showFile } from '../comparison/show/show.js';
import { ReproError } from '../errors.js';
import { parsePath } from '../model/file-path.js';
import { aboutSources, sourcesOf } from '../sources/open.js';
import type { Source } from '../sources/source.js';
import {
  diffSpecFiles,
  formatSatisfaction,
  formatSpecDifferences,
  isSpecFile,
  satisfySpecFiles,
} from '../spec/diff/index.js';

const formats = ['text', 'markdown', 'container-diff', 'junit', 'sarif'] as const;

type Sources = readonly [Source, Source];

/** `reproman diff`. */
export class Diff extends BaseCommand {
  static override readonly args = {
    one: Args.string({ required: true, description: 'what was', ignoreStdin: true }),
    other: Args.string({ required: true, description: 'what is', ignoreStdin: true }),
  };
  static override readonly description =
    `tell what differs between two sources: packages, settings, then files with what was moved\n\n${aboutSources}`;
  static override readonly examples = [
    '<%= config.bin %> diff docker:debian:12 docker:debian:13',
    '<%= config.bin %> diff yesterday.trie dir:/srv/root --rules limits.yml',
    '<%= config.bin %> diff environment.yml other/environment.yml --satisfies',
    '<%= config.bin %> diff docker:app:1 docker:app:2 --show /etc/ssl/openssl.cnf',
    '<%= config.bin %> diff a.tar b.tar --json | jq \'.files.changes[] | select(.verdicts[] == "mode")\'',
  ];
  static override readonly flags = {
    all: Flags.boolean({ description: 'show every line instead of the first of each section' }),
    files: Flags.boolean({ description: 'compare two specs by their snapshots, path by path' }),
    format: Flags.option({ description: 'how the result is written', options: formats, default: 'text' })(),
    normalize: Flags.boolean({
      description: 'do not count versions of languages in paths, compiled Python and paths that were rewritten',
    }),
    rules: Flags.string({ description: 'file of rules; only what breaks one ends with 1', helpValue: 'FILE' }),
    satisfies: Flags.boolean({ description: 'of two specs: tell whether the first has what the second asks for' }),
    show: Flags.string({
      description: 'show how this one file differs: its text, symbols or members',
      helpValue: 'PATH',
    }),
    strict: Flags.boolean({ description: 'count what published rules allow to differ, too' }),
    times: Flags.boolean({ description: 'count files that only were changed at another time' }),
    type: Flags.option({
      char: 't',
      description: 'what --format container-diff compares; may be given again',
      options: analyzers,
      multiple: true,
      multipleNonGreedy: true,
    })(),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(Diff);
    const [one, other] = sourcesOf([args.one, args.other]) as [Source, Source];
    const areSpecs = (await isSpecFile(one.text)) && (await isSpecFile(other.text));
    if (flags.satisfies && !areSpecs)
      throw new ReproError('usage', '--satisfies compares two specs', { remedy: 'give two environment.yml' });
    if (areSpecs && !flags.files && flags.show === undefined) {
      refuseOfFiles(flags);
      return await this.compareSpecs([one, other], flags.satisfies);
    }
    if (flags.show !== undefined) return await this.show([one, other], flags.show);
    return flags.format === 'container-diff'
      ? await this.compareAsContainerDiff([one, other], flags.type ?? ['file'])
      : await this.compareSources([one, other], flags);
  }

  private async compareSpecs([one, other]: Sources, satisfies: boolean): Promise<object> {
    if (satisfies) {
      const found = await satisfySpecFiles(one.text, other.text);
      this.say(formatSatisfaction(found));
      return this.ended(found.satisfied, found);
    }
    const found = await diffSpecFiles([one.text, other.text]);
    this.say(formatSpecDifferences(found));
    return this.ended(found.equal, found);
  }

  private async show(sources: Sources, text: string): Promise<object> {
    const path = parsePath(text);
    const shown = await showFile(sources, path, { progress: this.progress, signal: this.signal });
    this.say(shown.equal ? `${shown.path} is the same` : shown.diff);
    return this.ended(shown.equal, shown);
  }

  private async compareAsContainerDiff(sources: Sources, types: readonly Analyzer[]): Promise<unknown> {
    const { progress, signal } = this;
    const { json, text, isEqual: areEqual } = await diffAsContainerDiff(sources, types, { progress, signal });
    if (!this.jsonEnabled()) process.stdout.write(text);
    return this.ended(areEqual, json);
  }

  private async compareSources(
    sources: Sources,
    flags: {
      readonly all: boolean;
      readonly format: (typeof formats)[number];
      readonly normalize: boolean;
      readonly rules: string | undefined;
      readonly strict: boolean;
      readonly times: boolean;
    },
  ): Promise<object> {
    const rules = flags.rules === undefined ? undefined : await readRules(flags.rules);
    const { normalize, times, strict } = flags;
    const asked = { normalize, times, strict, progress: this.progress, signal: this.signal };
    const compared = await compareSourcePair(sources, asked);
    const comparison = rules ? withoutIgnored(compared.comparison, rules) : compared.comparison;
    const violations = rules && violationsOf(comparison, this.addedIn(compared), rules);
    this.report({ ...compared, comparison }, violations, flags);
    const holds = violations ? violations.length === 0 : isEqual(comparison);
    return this.ended(holds, comparisonDocument(comparison, { ...(violations && { violations }) }));
  }

  private addedIn({ trie, comparison: { one, other, files } }: ComparedSources) {
    return addedEntries(trie, { one, other }, files.changes);
  }

  private report(
    { comparison, facts }: ComparedSources,
    violations: readonly Violation[] | undefined,
    { format, all }: { readonly format: (typeof formats)[number]; readonly all: boolean },
  ): void {
    const packages = facts.flatMap((each) => each.packages ?? []);
    if (format === 'markdown') this.say(formatMarkdown(comparison, { packages, ...(violations && { violations }) }));
    else if (format === 'junit') this.say(formatJunit(comparison, violations));
    else if (format === 'sarif') this.say(formatSarif(comparison, violations));
    else {
      this.say(formatComparison(comparison, { all, packages }));
      for (const { rule, message } of violations ?? []) this.say(`rule ${rule}: ${message}`);
      if (violations?.length === 0) this.say('every rule holds');
    }
    for (const note of comparison.notes) this.tell(note);
  }

  /** Differences are no failure, and have an exit code. */
  private ended<Result>(isEqualOrHolds: boolean, result: Result): Result {
    if (!isEqualOrHolds) process.exitCode = exitCodes.differences;
    return result;
  }
}

/** What is only said of files must not be passed over where two specs are compared as specs. */
function refuseOfFiles(flags: Readonly<Record<string, unknown>>): void {
  const asked = ['normalize', 'rules', 'strict', 'times', 'type'].filter((name) => flags[name]);
  if (flags['format'] !== 'text') asked.unshift('format');
  const [name] = asked;
  if (name === undefined) return;
  throw new ReproError('usage', `--${name} is for files, and two specs are compared as specs`, {
    remedy: 'add --files to compare the files of their snapshots',
  });
}
