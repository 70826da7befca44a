import { Args, Flags } from '@oclif/core';
import { ReproError } from '../errors.js';

/** The resource that a verb acts on. */
export const resourceArgument = Args.string({
  name: 'name',
  description: 'resource, as `reproman ls` shows it',
  required: true,
});

/** `--inputs DIR`: where the data of a run is looked for, beside its old place. */
export const inputsFlag = Flags.directory({
  description: 'folder to look for input data in, by content, beside its old place',
  exists: true,
  helpValue: 'DIR',
});

/** `--rerun` of verbs that prove. */
export const rerunFlag = Flags.boolean({ description: 'run the traced commands there and compare what they do' });

/** A size such as `10M` or `500k`, in bytes. */
export const sizeFlag = Flags.custom<number>({
  helpValue: 'SIZE',
  parse: async (text) => {
    const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([kKmMgG]?)(?:i?B?)$/.exec(text) ?? [];
    if (number === '') throw new ReproError('usage', `'${text}' is not a size`, { remedy: 'write it like 500k, 10M or 2G' });
    return Math.round(Number(number) * { '': 1, k: 1e3, m: 1e6, g: 1e9 }[unit.toLowerCase() as '' | 'k' | 'm' | 'g']);
  },
});

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
