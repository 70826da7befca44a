import { resolve } from 'node:path';
import { Flags } from '@oclif/core';
import { capture } from '../capture/capture.js';
import { formatSummary } from '../capture/format-summary.js';
import type { CaptureSummary } from '../capture/summary.js';
import { BaseCommand } from '../cli/base-command.js';
import { captureFlags, readCaptureFlags } from '../cli/flags.js';
import { readPathList } from '../cli/path-list.js';
import { renderTable } from '../cli/table.js';
import { requireBase } from '../distributions/base-of.js';
import { type Identified, type IdentifiedPath, identifyPaths } from '../identification/identify-paths.js';
import { lookAt, lookAtKinds } from '../identification/look-at.js';
import { machineFrom, machineNames } from '../machines/from.js';
import { showClasses } from '../model/classes.js';
import { pathFromText, rootPath } from '../model/file-path.js';
import { stage } from '../model/progress.js';
import { checkReplaceable } from '../spec/folder/replaceable.js';

/** `reproman retrace`. */
export class Retrace extends BaseCommand {
  static override readonly description =
    'say what paths belong to (of folders: all that lies below), or write a spec of them, without running anything';
  static override readonly examples = [
    '<%= config.bin %> retrace /usr/bin/python3 ~/analysis',
    '<%= config.bin %> retrace -o tools.yml /opt/tools /usr/bin/jq',
    '<%= config.bin %> retrace --from docker:debian:12 /usr/bin/perl',
    'find /srv -newer stamp -print0 | <%= config.bin %> retrace -0 --json',
  ];
  static override readonly flags = {
    ...captureFlags,
    from: Flags.string({
      description: `machine that the paths are of: ${machineNames} (default: this one)`,
      helpValue: 'MACHINE',
    }),
    // The library's types know letters only; its parser takes any character.
    null: Flags.boolean({ char: '0' as 'z', description: 'paths on standard input end with NUL instead of a newline' }),
    output: Flags.string({ char: 'o', description: 'write a spec that holds the paths', helpValue: 'FILE' }),
    quick: Flags.boolean({
      description: 'do not read the files: one that was changed since it was installed is not noticed',
      exclusive: ['output'],
    }),
  };
  static override readonly strict = false;
  static override readonly usage = 'retrace [PATH...] [--from MACHINE] [-o FILE]';

  async run(): Promise<Identified | CaptureSummary> {
    const { argv, flags } = await this.parse(Retrace);
    const { progress, signal } = this;
    const asked = readCaptureFlags(flags);
    const output = flags.output === undefined ? undefined : resolve(flags.output);
    if (output !== undefined) await checkReplaceable(output);
    const from = flags.from === undefined ? pathFromText(process.cwd()) : undefined;
    const paths = await readPathList(argv.map(String), process.stdin, { from, nul: flags.null });
    await using machine = await machineFrom(flags.from, signal);
    if (output !== undefined) await requireBase(machine, signal);
    const look = output === undefined ? lookAtKinds : lookAt;
    const found = await stage(progress, 'looking at the paths', () => look(machine, paths, signal));
    if (output === undefined) {
      const identified = await identifyPaths(machine, found, { verify: !flags.quick, signal });
      this.say(renderTable(columns, identified.paths));
      for (const note of identified.notes) this.tell(note);
      this.tell(`${found.accesses.length - identified.absent} paths: ${showClasses(identified.classes)}`);
      return identified;
    }
    const { accesses, seen } = found;
    const options = asked(from ?? rootPath);
    const what = { traces: [], paths: accesses, seen, machine, output, options };
    const summary = await capture({ ...what, progress, signal });
    this.tell(formatSummary(summary));
    return summary;
  }
}

const columns = [
  { title: 'CLASS', value: (row: IdentifiedPath) => row.class },
  {
    title: 'PACKAGE',
    value: (row: IdentifiedPath) => (row.package ? `${row.package.name} ${row.package.version}` : '-'),
  },
  { title: 'OF', value: (row: IdentifiedPath) => row.package?.distribution ?? '-' },
  { title: 'PATH', value: (row: IdentifiedPath) => (row.rule === undefined ? row.path : `${row.path}  (${row.rule})`) },
];
