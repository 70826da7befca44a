import { ReproError } from '../../errors.js';
import { isLoopback } from '../http.js';

/** An image as a registry is asked for it. */
export interface ImageReference {
  /** `http://127.0.0.1:5000`: without TLS only on this machine, unless it was asked for. */
  readonly origin: string;
  /** `127.0.0.1:5000`: by which credentials are kept. */
  readonly host: string;
  readonly name: string;
  /** A tag, or a digest with its algorithm. */
  readonly version: string;
}

/** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
const form =
  /^(?:(https?):\/\/)?((?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:]+\])(?::\d{1,5})?)\/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?::(\w[\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/;

/** Reads `[http://]HOST[:PORT]/NAME[:TAG|@DIGEST]`. Where the registry is has to be said: there is none by default. */
export function parseReference(text: string): ImageReference {
  const [, scheme, host, name, tag = 'latest', digest] = form.exec(text) ?? [];
  if (host === undefined || name === undefined || !isHost(host, scheme)) {
    throw new ReproError('usage', `${JSON.stringify(text)} names no image of a registry`, {
      remedy: 'write registry:HOST[:PORT]/NAME[:TAG|@sha256:DIGEST]',
    });
  }
  const usual = isLoopback(host.replace(/:\d+$/, '')) ? 'http' : 'https';
  return { origin: `${scheme ?? usual}://${host}`, host, name, version: digest ?? tag };
}

/** A first part without dot and port is one of a name, as engines read it. */
function isHost(host: string, scheme: string | undefined): boolean {
  return scheme !== undefined || /[.:]/.test(host) || host === 'localhost';
}
