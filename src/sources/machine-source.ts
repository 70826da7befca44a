import { tellingFiles } from '../filesystem/telling-files.js';
import type { PartialEntry } from '../filesystem/trie/values.js';
import type { Machine } from '../machines/machine.js';
import type { FilePath } from '../model/file-path.js';
import { type OpenOptions, openSourceOf } from './kind.js';
import { lazyMachine } from './lazy-machine.js';
import { withPackages } from './packages.js';
import type { OpenSource } from './source.js';
import { toldFacts } from './told-facts.js';

interface MachineParts {
  batches(): AsyncIterable<readonly PartialEntry[]>;
  readonly options: OpenOptions;
  /** What of the machine is looked at. Default: all. */
  readonly roots?: readonly FilePath[];
}

/** The files of a machine that is open, and is closed with its source. */
export function machineSource(machine: Machine, { batches, options, roots }: MachineParts): OpenSource {
  const source = openSourceOf({
    batches,
    async facts() {
      const texts = await machine.files.gather([...tellingFiles], options.signal);
      return toldFacts((path) => texts.get(path));
    },
    content: async (path) => machine.files.stream(path),
    [Symbol.asyncDispose]: () => machine[Symbol.asyncDispose](),
  });
  return withPackages(
    source,
    lazyMachine(async () => machine),
    { ...options, ...(roots && { roots }) },
  );
}
