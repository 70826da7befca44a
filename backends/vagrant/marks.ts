import { join } from 'node:path';
import { z } from 'zod';
import type { Machine } from '../../src/machines/machine.js';
import { pathFromText } from '../../src/model/file-path.js';
import type { Effect } from '../../src/model/resource.js';
import type { Marked } from '../backend.js';
import { runOn } from '../run-on.js';
import { vagrant } from './tool.js';

const markSchema = z.object({
  inventory: z.string(),
  resource: z.string(),
  created: z.string(),
  provider: z.string(),
  token: z.string(),
});

export type Mark = z.infer<typeof markSchema>;

/** The effect of a machine, by the folder that it is kept in. */
export function machineEffect(folder: string, { provider, token }: Pick<Mark, 'provider' | 'token'>): Effect {
  return { kind: 'machine', id: folder, at: provider, token };
}

/** Says whose a machine is, beside its Vagrantfile. */
export async function writeMark(folder: string, mark: Mark, here: Machine): Promise<void> {
  await runOn(here, ['tee', '--', fileIn(folder)], { input: `${JSON.stringify(mark, undefined, 2)}\n` });
}

/** All machines that Vagrant knows of and that are of some inventory of ours. */
export async function findMachines(here: Machine): Promise<Marked[]> {
  const { stdout } = await vagrant(here, ['global-status', '--machine-readable']);
  const folders = new Set(
    [...stdout.toString('utf8').matchAll(/^\d+,[^,]*,machine-home,(.*)$/gm)].map(([, path = '']) => path),
  );
  const found: Marked[] = [];
  for (const folder of folders) {
    const mark = await readMark(folder, here);
    if (mark) found.push(...markedBy(folder, mark));
  }
  return found;
}

function markedBy(folder: string, mark: Mark): Marked[] {
  const { inventory, resource, created, token } = mark;
  const effects = [machineEffect(folder, mark), { kind: 'folder', id: folder, token }];
  return effects.map((effect) => ({ effect, inventory, resource, created }));
}

async function readMark(folder: string, here: Machine): Promise<Mark | undefined> {
  const file = pathFromText(fileIn(folder));
  if (!(await here.files.lstat(file))) return undefined;
  const mark = markSchema.safeParse(JSON.parse((await here.files.read(file)).toString('utf8')));
  return mark.data;
}

function fileIn(folder: string): string {
  return join(folder, 'reproman.json');
}
