import { pathToBytes } from '../model/file-path.js';
import type { RemoveStep, ReplayStep, RunStep, Step } from '../model/plan.js';
import { batches, describe, isEntryBatch, isRemoveBatch } from '../planning/customize.js';
import type { EntryStep } from '../planning/pack-steps.js';
import { comment, shellCommand, shellWord } from '../templates/quoting.js';
import { fill, type Templates } from '../templates/templates.js';
import type { Carried } from './carried.js';
import { pathText, type RenderedFile, type Stage } from './rendering.js';

/** So many of the files of an archive are named. */
const shown = 20;

/** The `install.sh` of a stage as it grows, with the files that it needs. */
export class Script {
  readonly #carried: Carried;
  readonly #lines: string[] = [];
  readonly #files: RenderedFile[] = [];
  #folders = 0;
  #archives = 0;
  #lists = 0;

  constructor(carried: Carried) {
    this.#carried = carried;
  }

  add(...lines: readonly string[]): void {
    this.#lines.push(...lines);
  }

  put(...files: readonly RenderedFile[]): void {
    this.#files.push(...files);
  }

  /** A folder of its own for what a tool is given. */
  folder(tool: string): string {
    this.#folders += 1;
    return this.#folders === 1 ? tool : `${tool}-${this.#folders}`;
  }

  /** Steps of a plan, as customize carries them out. */
  steps(steps: readonly Step[]): void {
    for (const batch of batches(steps)) {
      if (isEntryBatch(batch)) this.#unpack(batch);
      else if (isRemoveBatch(batch)) this.#remove(batch);
      else if (batch[0].kind === 'run') this.#run(batch[0]);
      else this.#replay(batch[0]);
    }
  }

  /** Of which there are no files where there is nothing to do. */
  async stage(title: string, templates: Templates): Promise<Omit<Stage, 'name'>> {
    if (this.#lines.length === 0) return { title, files: [] };
    const commands = this.#lines.join('\n').trim();
    const text = fill(await templates.read('provision/install.sh'), { title: comment([title]), commands });
    return { title, files: [{ name: 'install.sh', content: text }, ...this.#files] };
  }

  #unpack(steps: readonly EntryStep[]): void {
    this.#explain(steps);
    this.#archives += 1;
    const name = `files-${this.#archives}.tar`;
    this.put({ name, content: () => this.#carried.tar(steps) });
    this.add(`unpack ${name}`);
  }

  #remove(steps: readonly RemoveStep[]): void {
    this.#explain(steps);
    this.#lists += 1;
    const name = `removed-${this.#lists}`;
    const list = Buffer.concat(steps.flatMap(({ path }) => [pathToBytes(path), Buffer.of(0)]));
    this.put({ name, content: () => once(list) });
    this.add(`xargs -0 rm -rf -- < ${name}`);
  }

  #run(step: RunStep): void {
    this.#explain([step]);
    const { argv, cwd, environment = {} } = step;
    this.add(inFolder(cwd && pathText(cwd), shellCommand([...withVariables('env', environment), ...argv])));
  }

  /** Done again, then what it left on the origin is put over what it left here. */
  #replay(step: ReplayStep): void {
    const { argv, cwd, environment, umask, user, exit, makes, cannotRun } = step;
    this.#explain([step]);
    if (cannotRun === undefined) {
      const { uid, gid, groups = [] } = user;
      const how = ['as_user', `${uid}`, `${gid}`, groups.length === 0 && uid === 0 ? '0' : groups.join(',')];
      const run = shellCommand([...how, ...withVariables('env -i', environment), ...argv]);
      this.add('code=0', `${inFolder(pathText(cwd), `umask 0${umask.toString(8)} && ${run}`)} || code=$?`);
      this.add(`[ "$code" = ${exit} ] || echo "step ${step.id} ended with $code, not ${exit}" >&2`);
    }
    const kept = makes.flatMap(({ entry, kept: isKept }) => (isKept ? [entry] : []));
    if (kept.length > 0) this.#unpack(kept);
  }

  #explain(steps: readonly Step[]): void {
    const lines = steps.slice(0, shown).map((step) => `${describe(step)}: ${step.reason}`);
    const more = steps.length > shown ? [`and ${steps.length - shown} more`] : [];
    this.add('', comment([...lines, ...more]));
  }
}

function inFolder(cwd: string | undefined, command: string): string {
  return cwd === undefined ? command : `( cd -- ${shellWord(cwd)} && ${command} )`;
}

function withVariables(env: string, variables: Readonly<Record<string, string>>): string[] {
  const pairs = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 && env === 'env' ? [] : [...env.split(' '), ...pairs];
}

async function* once(content: Uint8Array): AsyncGenerator<Uint8Array> {
  yield content;
}
