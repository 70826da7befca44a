import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext, rootCertificates, type SecureContext } from 'node:tls';
import { codeOf, ReproError } from '../errors.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where programs that download are told of further authorities: OpenSSL, requests, curl, pip, Node. */
const variables = ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE', 'PIP_CERT', 'NODE_EXTRA_CA_CERTS'] as const;

/** Files of authorities' certificates that the settings of this user name, with the setting that does. */
export function authorityFiles(environment: Environment): ReadonlyMap<string, string> {
  const named = variables.flatMap((name): [string, string][] => {
    const file = environment[name];
    return file ? [[file, name]] : [];
  });
  const set = pipSettings(environment).flatMap((file) => certificatesIn(file).map((each) => [each, file] as const));
  return new Map([...named, ...set]);
}

/** Trusts these authorities and the usual ones; undefined where none are named, and Node's own choice is right. */
export function trustOf(environment: Environment): SecureContext | undefined {
  const files = authorityFiles(environment);
  // Node has read its own by itself: only beside others is it to be named again.
  if ([...files.values()].every((setting) => setting === 'NODE_EXTRA_CA_CERTS')) return undefined;
  return createSecureContext({
    ca: [...rootCertificates, ...[...files].map(([file, setting]) => read(file, setting))],
  });
}

function read(file: string, setting: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ReproError('usage', `the certificates that ${setting} names cannot be read (${codeOf(cause)})`, {
      where: file,
      remedy: 'name the file where they are, or take the setting out',
      cause,
    });
  }
}

/** https://pip.pypa.io/en/stable/topics/configuration/ */
function pipSettings({
  PIP_CONFIG_FILE: named,
  XDG_CONFIG_HOME: config,
  HOME: home,
  VIRTUAL_ENV: prefix,
}: Environment) {
  return [
    ...(named ? [named] : []),
    ...(prefix ? [join(prefix, 'pip.conf')] : []),
    ...(config ? [join(config, 'pip/pip.conf')] : []),
    ...(home ? [join(home, '.config/pip/pip.conf'), join(home, '.pip/pip.conf')] : []),
    ...['/etc/xdg/pip/pip.conf', '/etc/pip.conf'],
  ];
}

/** `cert = FILE` of any section. Settings that are not there or not for this user say nothing. */
function certificatesIn(file: string): string[] {
  try {
    return [...readFileSync(file, 'utf8').matchAll(/^[ \t]*cert\s*[=:][ \t]*(\S.*?)[ \t]*$/gm)].map(
      ([, path = '']) => path,
    );
  } catch {
    return [];
  }
}
