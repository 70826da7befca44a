import type { Hook } from '@oclif/core';
import { closestName } from '../spec/closest-name.js';
import { escapeControls } from './error-text.js';
import { exitCodes, wrapperExitCodes } from './exit-codes.js';

/** Verbs whose command comes after two dashes, which are easily forgotten. */
const wrapping = new Set(['trace', 'exec', 'run']);

/** What oclif calls when no verb has the wanted name: says which one may have been meant, or what is too much. */
export const unknownVerb: Hook.CommandNotFound = async ({ id, config: { bin, commandIDs } }) => {
  const [verb = '', ...rest] = id.split(':');
  const isVerb = rest.length > 0 && commandIDs.includes(verb);
  const shown = escapeControls((isVerb ? rest.join(':') : id).replaceAll(':', ' '));
  if (isVerb && wrapping.has(verb)) {
    const remedy = `Write the command after two dashes: ${bin} ${verb} ... -- ${shown}`;
    process.stderr.write(`${bin} ${verb}: '${shown}' is not expected before '--'. ${remedy}\n`);
    process.exitCode = wrapperExitCodes.failed;
    return;
  }
  const near = closestName(id, commandIDs);
  const meant = near === undefined ? '.' : `; did you mean ${near.replaceAll(':', ' ')}?`;
  process.stderr.write(
    isVerb
      ? `${bin} ${verb}: '${shown}' is not expected. See ${bin} ${verb} --help.\n`
      : `${bin}: there is no verb '${shown}'${meant} See ${bin} --help.\n`,
  );
  process.exitCode = exitCodes.usage;
};
