import type { FileView, Shell } from '../machine.js';
import { sourceFiles } from '../source-files.js';
import { hashFiles, readContents } from './contents.js';
import { findBelow, findEntries, findInside } from './find.js';
import { streamFile } from './stream.js';
import { asksForGnu, type ShellTools } from './tools.js';

/**
 * Files that only programs can reach: of a running container, or of a tree whose owners are another mapping's. The
 * tools never follow a link, and there is no process for a single file of many.
 */
export function shellFileView(
  shell: Pick<Shell, 'spawn'>,
  label = 'the machine',
  prefix: ShellTools['prefix'] = '',
): FileView {
  const spawn = shell.spawn.bind(shell);
  const tools: ShellTools = { spawn, label, prefix, isGnu: asksForGnu(spawn) };
  return sourceFiles({
    entries: (places, signal) => findEntries(tools, places, signal),
    inside: (folders, signal) => findInside(tools, folders, signal),
    below: (roots, exclude, signal) => findBelow(tools, roots, exclude, signal),
    hashes: (files, signal) => hashFiles(tools, files, signal),
    contents: (files, options) => readContents(tools, files, options),
    stream: (place) => streamFile(tools, place),
  });
}
