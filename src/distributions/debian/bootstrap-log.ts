import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { ReproError } from '../../errors.js';
import type { Progress } from '../../model/progress.js';

const stage = 'install packages';
const keptLines = 30;
const longestLine = 160;

/** Follows what mmdebstrap, apt and dpkg say, for progress and for the reason of a failure. */
export class MmdebstrapLog {
  readonly #progress: Progress;
  readonly #total: number;
  readonly #last: string[] = [];
  #done = 0;
  #failed: string | undefined;

  constructor(packages: number, progress: Progress) {
    this.#progress = progress;
    // Each package is unpacked, and then configured.
    this.#total = packages * 2;
    progress({ kind: 'begin', stage, total: this.#total, unit: 'steps' });
  }

  async read(stderr: Readable): Promise<void> {
    for await (const line of createInterface({ input: stderr, crlfDelay: Number.POSITIVE_INFINITY }))
      this.#follow(line);
  }

  end(): void {
    this.#progress({ kind: 'end', stage, message: `${this.#total / 2} packages` });
  }

  failure(code: number): ReproError {
    const what = this.#failed === undefined ? 'The system' : `The package ${this.#failed}`;
    const lines = this.#last.filter((line) => /error|fail|cannot|unable|depends|conflict|^E:/i.test(line)).slice(-8);
    const told = (lines.length > 0 ? lines : this.#last.slice(-8)).map(shortened).join(' / ');
    return new ReproError('step-failed', `${what} could not be installed (mmdebstrap ended with ${code}): ${told}`, {
      ...(this.#failed === undefined ? {} : { where: this.#failed }),
      remedy: 'See that the packages of the lock belong together; a package from another release may not fit.',
    });
  }

  #follow(line: string): void {
    const text = line.trim();
    if (text === '') return;
    if (/^(?:Unpacking|Setting up) \S+ \(/.test(text)) {
      this.#done++;
      this.#progress({ kind: 'advance', stage, done: Math.min(this.#done, this.#total) });
      return;
    }
    const failed = /^dpkg: error processing (?:package|archive) (\S+)/.exec(text)?.[1];
    this.#failed ??= failed?.replace(/^.*\//, '').replace(/_.*$/, '');
    if (/^(?:Selecting|Preparing|\(Reading|Get:|Fetched)/.test(text)) return;
    this.#last.push(text);
    if (this.#last.length > keptLines) this.#last.shift();
  }
}

/** mmdebstrap repeats its whole command, with every package in it. */
function shortened(line: string): string {
  return line.length > longestLine ? `${line.slice(0, longestLine)}...` : line;
}
