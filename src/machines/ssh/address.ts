import { ReproError } from '../../errors.js';

/** Where `ssh` is to go. */
export interface SshAddress {
  /** `[user@]host`, or a name of the user's own ssh settings. */
  readonly destination: string;
  readonly port?: number | undefined;
  /** A file of settings instead of the user's own: of a machine that was made, with the key that it must have. */
  readonly config?: string | undefined;
}

/**
 * `[user@]host[:port]`, an IPv6 address in brackets. What begins with a dash would be an option of ssh; and the user's own
 * settings may put both names into a command for a shell (`ProxyCommand`, `Match exec`), so they have letters that are
 * nothing to it.
 */
const pattern =
  /^((?:[\p{L}\p{N}_.+=%][\p{L}\p{N}_.+=%-]*@)?)(?:\[([0-9a-f:.]+)\]|([\p{L}\p{N}_.+=%][\p{L}\p{N}_.+=%-]*))(?::(\d{1,5}))?$/iu;

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
