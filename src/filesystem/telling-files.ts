import type { FilePath } from '../model/file-path.js';

/** Files in which a system tells what it is, and what it was made from: os-release(5), and what Apptainer puts into images. */
export const tellingFiles = [
  ...['/etc/os-release', '/usr/lib/os-release'],
  ...['/.singularity.d/labels.json', '/.singularity.d/Singularity', '/.singularity.d/runscript'],
  ...['/.singularity.d/env/10-docker2singularity.sh', '/.singularity.d/env/90-environment.sh'],
] as readonly string[] as readonly FilePath[];

const telling: ReadonlySet<FilePath> = new Set(tellingFiles);

/** A longer one is no such file. */
export const longestTelling = 1024 * 1024;

export function tellsOfSystem(path: FilePath): boolean {
  return telling.has(path);
}
