import { ReproError } from '../errors.js';

/** Where `ssh` is to go. */
export interface SshAddress {
  /** `[user@]host`, or a name of the user's own ssh settings. */
  readonly destination: string;
  readonly port?: number | undefined;
}

/** `[user@]host[:port]`, an IPv6 address in brackets; what begins with a dash would be an option of ssh. */
const pattern = /^((?:[^\s@-][^\s@]*@)?)(?:\[([0-9a-f:.]+)\]|([^\s:@[\]-][^\s:@[\]]*))(?::(\d{1,5}))?$/i;

/** Undefined where the text names no host. */
export function parseSshAddress(text: string): SshAddress | undefined {
  const [all, user = '', address, name, port] = pattern.exec(text) ?? [];
  if (all === undefined) return undefined;
  return { destination: `${user}${address ?? name}`, ...(port === undefined ? {} : { port: Number(port) }) };
}

export function sshAddress(text: string): SshAddress {
  const address = parseSshAddress(text);
  if (address) return address;
  throw new ReproError('usage', `${JSON.stringify(text)} is no host`, { remedy: 'write it as ssh:[USER@]HOST[:PORT]' });
}
