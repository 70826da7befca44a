import { readFileSync } from 'node:fs';
import { sourceFolder } from '../../../package-files.js';

/** What the host's Perl and the tree's shell run, by their names in this folder: these may lie on another machine. */
export function scriptText(name: 'end.pl' | 'seal.pl' | 'supervise.pl' | 'tell.sh'): string {
  return readFileSync(new URL(name, sourceFolder('machines/rootfs/proot')), 'utf8');
}
