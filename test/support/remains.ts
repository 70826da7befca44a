import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Cli } from './cli.js';

/** What a command line's work left on this machine, outside of its store: entries, folders, processes and mounts. */
export function remains(cli: Cli): string[] {
  const data = join(cli.env['XDG_DATA_HOME'] ?? '', 'reproman');
  const scratch = cli.env['TMPDIR'];
  const kept = ['resources', 'trees', 'machines', 'specs', 'work'].map((name) => join(data, name));
  const places = scratch === undefined ? [data] : [data, scratch];
  const files = [...kept, ...places.slice(1)].filter(existsSync).flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name !== '.lock')
      .map((name) => join(folder, name)),
  );
  return [...files, ...processesAt(places), ...mountsAt('self', data)];
}

/** Processes that name one of the folders in their arguments or environment, are in it, or have it mounted. */
function processesAt(folders: readonly string[]): string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    const seen = [
      text(pid, 'cmdline'),
      text(pid, 'environ'),
      link(pid, 'cwd'),
      link(pid, 'root'),
      ...mountsAt(pid, folders[0] ?? ''),
    ];
    if (folders.some((folder) => seen.some((each) => each.includes(folder))))
      found.push(`process ${pid}: ${seen[0]?.replaceAll('\0', ' ')}`);
  }
  return found;
}

function mountsAt(pid: string, folder: string): string[] {
  return text(pid, 'mountinfo')
    .split('\n')
    .filter((line) => line.includes(`${folder}/`));
}

function text(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

function link(pid: string, name: string): string {
  try {
    return readlinkSync(`/proc/${pid}/${name}`);
  } catch {
    return '';
  }
}
