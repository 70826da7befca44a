import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { codeOf, ReproError, reasonOf } from '../../errors.js';
import { isLoopback } from '../http.js';
import type { RegistryOptions } from './client.js';
import { smallBody } from './small-body.js';

interface AuthorizeOptions extends RegistryOptions {
  readonly where: string;
}

const tokenSchema = z.object({ token: z.string().optional(), access_token: z.string().optional() });
const mostBytes = 1024 * 1024;

/**
 * What to say with the next question, by what the registry wants: a token of who gives them for it, or the credentials
 * themselves. https://distribution.github.io/distribution/spec/auth/token/
 */
export async function authorize(challenge: string | undefined, options: AuthorizeOptions): Promise<string | undefined> {
  const { scheme, parameters } = parseChallenge(challenge ?? '');
  if (scheme === 'bearer') return `Bearer ${await tokenFrom(parameters, options)}`;
  const basic = scheme === 'basic' ? basicOf(options) : undefined;
  if (basic !== undefined) return basic;
  throw new ReproError('not-ready', 'the registry lets nobody in without credentials (401)', {
    where: options.where,
    remedy: `docker login ${options.reference.host}`,
  });
}

async function tokenFrom(parameters: ReadonlyMap<string, string>, options: AuthorizeOptions): Promise<string> {
  const { http, reference, signal, where } = options;
  const realm = realmOf(parameters.get('realm'), options);
  const service = parameters.get('service');
  if (service !== undefined) realm.searchParams.set('service', service);
  realm.searchParams.set('scope', parameters.get('scope') ?? `repository:${reference.name}:pull`);
  const authorization = basicOf(options);
  const headers = authorization === undefined ? {} : { authorization };
  let answer: IncomingMessage;
  try {
    answer = await http.request(realm.href, { headers, ...(signal && { signal }) });
  } catch (error) {
    throw noToken(`it does not answer (${codeOf(error) ?? reasonOf(error)})`, realm, where);
  }
  if (answer.statusCode !== 200) {
    answer.destroy();
    throw noToken(`it answers with the status ${answer.statusCode}`, realm, where, reference.host);
  }
  const body = await smallBody(answer, mostBytes);
  const told = tokenSchema.safeParse(jsonOf(body));
  const token = told.data?.token ?? told.data?.access_token;
  if (token === undefined || !/^[\x21-\x7e]+$/.test(token)) throw noToken('what it answers is no token', realm, where);
  return token;
}

/** Credentials go there: where others listen to the way, or where the registry itself is not trusted so, they do not. */
function realmOf(realm: string | undefined, { reference, where }: AuthorizeOptions): URL {
  const url = URL.canParse(realm ?? '') ? new URL(realm ?? '') : undefined;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isAsNear(url, reference.origin));
  if (url && isSafe) return url;
  throw new ReproError('not-ready', 'the registry wants a token from where none can be asked for safely', {
    where: `${where}: ${realm ?? 'no address'}`,
  });
}

/** Without TLS only the registry itself, or this machine where the registry is on it. */
function isAsNear(url: URL, origin: string): boolean {
  return url.origin === origin || (isLoopback(url.hostname) && isLoopback(new URL(origin).hostname));
}

function basicOf({ credentials }: AuthorizeOptions): string | undefined {
  if (!credentials) return undefined;
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
}

/** RFC 7235, 2.1: a scheme, and parameters whose values may be in quotes. */
function parseChallenge(text: string): { readonly scheme: string; readonly parameters: ReadonlyMap<string, string> } {
  const [, scheme = '', rest = ''] = /^\s*(\S+)\s*(.*)$/s.exec(text) ?? [];
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, plain] of rest.matchAll(/([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g))
    parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '');
  return { scheme: scheme.toLowerCase(), parameters };
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function noToken(why: string, realm: URL, where: string, host?: string): ReproError {
  return new ReproError('not-ready', `who gives tokens for the registry gives none: ${why}`, {
    where: `${where}: ${realm.origin}`,
    ...(host !== undefined && { remedy: `docker login ${host}` }),
  });
}
