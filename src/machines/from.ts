import { ReproError } from '../errors.js';
import { directoryMachine } from './directory.js';
import { splitAtName } from './images/split-at-name.js';
import { localMachine } from './local.js';
import type { Machine } from './machine.js';
import { sshAddress } from './ssh/address.js';

/** The ways to name a machine, for help and messages. */
export const machineNames =
  'dir:FOLDER, docker:IMAGE|CONTAINER, oci:FOLDER[:TAG], docker-archive:FILE[:NAME], ssh:[USER@]HOST[:PORT]';

/** Connects to the machine that a text names: this one where there is none. */
export async function machineFrom(text: string | undefined, signal?: AbortSignal): Promise<Machine> {
  if (text === undefined) return localMachine();
  const colon = text.indexOf(':');
  const kind = text.slice(0, Math.max(colon, 0));
  const rest = text.slice(colon + 1);
  if (rest === '') throw notNamed(text);
  const options = { label: text, signal };
  switch (kind) {
    case 'dir':
      return directoryMachine(rest, text);
    case 'docker':
      return (await import('./engine/store.js')).engineMachine(rest, options);
    case 'oci': {
      const [folder, name] = splitAtName(rest);
      return (await import('./images/image.js')).ociImageMachine(folder, name, options);
    }
    case 'docker-archive': {
      const [file, name] = splitAtName(rest);
      return (await import('./images/image.js')).archiveImageMachine(file, name, options);
    }
    case 'ssh':
      return (await import('./ssh/index.js')).sshMachine({ ...sshAddress(rest), ...options });
    default:
      throw notNamed(text);
  }
}

function notNamed(text: string): ReproError {
  return new ReproError('usage', `${JSON.stringify(text)} names no machine`, {
    remedy: `write one of ${machineNames}`,
  });
}
