import { Flags } from '@oclif/core';
import { type ShellName, shellCalled, shellNames } from '../resources/activate/shells.js';

/** `--shell` of verbs that print what a shell evaluates. */
export const shellFlag = Flags.option({ options: shellNames })({
  description: 'the shell that reads it (default: by SHELL)',
});

/** The one that was named, else the user's own. */
export function shellOf(named: ShellName | undefined): ShellName {
  return named ?? shellCalled(process.env['SHELL']);
}
