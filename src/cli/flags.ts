import { basename, dirname, resolve } from 'node:path';
import { Args, Flags } from '@oclif/core';
import { requirements } from '../archives/sameness.js';
import type { CaptureOptions } from '../capture/request.js';
import { ReproError } from '../errors.js';
import { type FilePath, joinPath, normalizePath, pathFromText } from '../model/file-path.js';
import type { Patience } from '../tracing/tracer.js';

/** The resource that a verb acts on. */
export const resourceArgument = Args.string({
  name: 'name',
  description: 'resource, as `reproman ls` shows it',
  required: true,
});

/** The resources that a verb of several acts on; there must be one. */
export function readNames(argv: readonly unknown[]): readonly string[] {
  if (argv.length > 0) return argv.map(String);
  throw new ReproError('usage', 'there is no name', { remedy: 'list them with: reproman ls' });
}

/** `--inputs DIR`: where the data of a run is looked for, beside its old place. */
export const inputsFlag = Flags.directory({
  description: 'folder to look for input data in, by content, beside its old place',
  exists: true,
  helpValue: 'DIR',
});

/** `--require` of verbs that get packages. */
export const requireFlag = Flags.option({ options: requirements })({
  default: 'exact',
  description:
    'what a package must be: the very one by its hash; or what an index of its time lists where the lock has no hash, or is built from its source; or any of its name and version, or the nearest version',
});

/** `--templates` of verbs that render something. */
export const templatesFlag = Flags.string({
  description: "a folder with the user's own of the texts in templates/, by the names that they have there",
  helpValue: 'DIR',
});

/** `--rerun` of verbs that prove. */
export const rerunFlag = Flags.boolean({ description: 'run the traced commands there and compare what they do' });

/** What a spec holds beside names and hashes, of verbs that write one. */
export const captureFlags = {
  carry: Flags.string({
    description: 'carry this file or folder whatever the rules say',
    helpValue: 'PATH',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'carry-inputs': Flags.boolean({ description: 'carry the content of input data too' }),
  'carry-limit': Flags.string({
    description: 'largest file of code or configuration that is carried (default: 64M)',
    helpValue: 'SIZE',
  }),
  repack: Flags.option({ options: ['missing', 'all', 'none'] as const })({
    default: 'missing',
    description: 'which packages to rebuild from what is installed: those that no archive has, all, or none',
  }),
};

interface CaptureFlags {
  readonly carry?: readonly string[] | undefined;
  readonly 'carry-inputs': boolean;
  readonly 'carry-limit'?: string | undefined;
  readonly repack: 'missing' | 'all' | 'none';
}

/** What these flags ask for, once it is known which folder relative paths start from. */
export function readCaptureFlags(flags: CaptureFlags): (folder: FilePath) => CaptureOptions {
  const limit = flags['carry-limit'];
  const carryLimit = limit === undefined ? {} : { carryLimit: readSize(limit) };
  return (folder) => ({
    carry: (flags.carry ?? []).map((path) => normalizePath(joinPath(folder, pathFromText(path)))),
    carryInputs: flags['carry-inputs'],
    repack: flags.repack,
    ...carryLimit,
  });
}

/** Reads a size such as `10M` or `500k` as bytes. */
export function readSize(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)([kMG]?)B?$/.exec(text) ?? [];
  if (number === '')
    throw new ReproError('usage', `'${text}' is not a size`, { remedy: 'write it like 500k, 10M or 2G' });
  return Math.round(Number(number) * { '': 1, k: 1e3, M: 1e6, G: 1e9 }[unit as '' | 'k' | 'M' | 'G']);
}

/** Reads an age such as `30d`, `12h` or `8w` as seconds. */
export function readDuration(text: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)([smhdw])$/.exec(text) ?? [];
  if (number === '')
    throw new ReproError('usage', `'${text}' is not an age`, { remedy: 'write it like 12h, 30d or 8w' });
  return Number(number) * { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }[unit as 's' | 'm' | 'h' | 'd' | 'w'];
}

/** Reads a date, or a time of one, as seconds since 1970; nobody knows of one to come. */
export function readDate(text: string): number {
  const time = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  if (Number.isNaN(time))
    throw new ReproError('usage', `'${text}' is not a date`, {
      remedy: 'write it like 2025-05-20 or 2025-05-20T12:00Z',
    });
  if (time > Date.now()) throw new ReproError('usage', `'${text}' is yet to come`);
  return Math.floor(time / 1000);
}

/** Reads how long to wait for background processes: `all`, `none` or seconds. */
export function readPatience(text: string): Patience {
  if (text === 'all' || text === 'none') return text;
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text);
  throw new ReproError('usage', `'${text}' is no time to wait`, { remedy: 'write all, none or a number of seconds' });
}

/** Reads `-b key=value` parameters of a backend; which ones there are is the backend's to say. */
export function readParameters(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf('=');
      if (equals > 0) return [pair.slice(0, equals), pair.slice(equals + 1)];
      throw new ReproError('usage', `'${pair}' is not a backend parameter`, { remedy: 'write it as key=value' });
    }),
  );
}

/** The name of a resource whose user chose none: that of the spec's file, or of its folder where the file's says nothing. */
export function nameFor(spec: string): string {
  const file = basename(spec).replace(/\.(?:ya?ml|repro)$/, '');
  const name = file === 'environment' ? basename(dirname(resolve(spec))) : file;
  const allowed = name
    .toLowerCase()
    .replace(/[^a-z0-9_.-]+/g, '-')
    .replace(/^[^a-z0-9]+/, '')
    .slice(0, 63);
  return allowed === '' ? 'environment' : allowed;
}
