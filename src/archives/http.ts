import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type SecureContext, connect as tlsConnect } from 'node:tls';
import { codeOf } from '../errors.js';
import { trustOf } from './authorities.js';

const userAgent = 'reproman';
const idleLimit = 30_000;

/** Requests with kept connections, redirects and the proxies of the environment (`http_proxy`, `no_proxy`). */
export interface HttpClient extends Disposable {
  request(url: string, options?: HttpOptions): Promise<IncomingMessage>;
  /** Nothing more is asked of that address's server for so many milliseconds, whoever asks. */
  rest(url: string, milliseconds: number): void;
}

export interface HttpOptions {
  readonly method?: 'GET' | 'HEAD';
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Milliseconds without a byte before the request is given up. */
  readonly timeout?: number;
}

/** An answer that leads nowhere: to ask again would not help. */
export class RedirectError extends Error {
  override readonly name = 'RedirectError';
}

/** Whether nothing answered at all, as against an answer that is no use. */
export function isUnreachable(error: unknown): boolean {
  const codes = ['ENOTFOUND', 'EAI_AGAIN', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT'];
  const causes = [error, error instanceof Error ? error.cause : undefined];
  return causes.some((each) => codes.includes(codeOf(each) ?? ''));
}

/** Which proxy to use for an address, if any. */
export type ProxyChoice = (url: URL) => URL | undefined;

export function openHttpClient(
  options: {
    readonly connections?: number;
    readonly proxy?: ProxyChoice;
    /** The settings that say which authorities are trusted beside the usual ones. */
    readonly environment?: NodeJS.ProcessEnv;
  } = {},
): HttpClient {
  const { connections = 8, environment = process.env, proxy = environmentProxy(environment) } = options;
  let trust: Trust | undefined;
  const trusted = () => {
    // Read when it is needed: many mirrors are plain http.
    trust ??= { context: trustOf(environment) };
    return trust.context;
  };
  const agents = {
    http: new HttpAgent({ keepAlive: true, maxSockets: connections }),
    https: new HttpsAgent({ keepAlive: true, maxSockets: connections }),
  };
  const send = async (url: URL, call: HttpOptions, redirects: number): Promise<IncomingMessage> => {
    const response = await sendOnce(url, call, { agents, trusted, proxy: proxy(url) });
    const { location } = response.headers;
    if (!isRedirect(response.statusCode) || location === undefined) return response;
    response.resume();
    if (redirects === 0) throw new RedirectError('it leads from one address to the next without an end');
    const next = new URL(location, url);
    return send(next, next.origin === url.origin ? call : withoutAuthorization(call), redirects - 1);
  };
  const resting = new Map<string, number>();
  return {
    async request(url, call = {}) {
      const pause = (resting.get(new URL(url).origin) ?? 0) - Date.now();
      if (pause > 0) await sleep(pause, undefined, call.signal ? { signal: call.signal } : {});
      return send(new URL(url), call, 5);
    },
    rest(url, milliseconds) {
      const { origin } = new URL(url);
      resting.set(origin, Math.max(resting.get(origin) ?? 0, Date.now() + milliseconds));
    },
    [Symbol.dispose]() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

/** What lets us in at one server is nothing to tell another that it sends us to. */
function withoutAuthorization(call: HttpOptions): HttpOptions {
  const headers = Object.entries(call.headers ?? {}).filter(([name]) => name.toLowerCase() !== 'authorization');
  return { ...call, headers: Object.fromEntries(headers) };
}

/** The proxies that `http_proxy`, `https_proxy` and `no_proxy` ask for; loopback never goes through one. */
export function environmentProxy(environment: NodeJS.ProcessEnv): ProxyChoice {
  const value = (name: string) => environment[name] || environment[name.toUpperCase()];
  const exceptions = (value('no_proxy') ?? '').split(',').map((entry) => entry.trim().replace(/^\*?\./, ''));
  return (url) => {
    const host = url.hostname;
    if (isLoopback(host)) return undefined;
    const excluded = exceptions.some(
      (entry) => entry === '*' || (entry && (host === entry || host.endsWith(`.${entry}`))),
    );
    const address = url.protocol === 'https:' ? value('https_proxy') : environment['http_proxy'];
    if (excluded || !address) return undefined;
    return new URL(address.includes('://') ? address : `http://${address}`);
  };
}

/** Whether a host name means the machine that asks, so that no other machine can get the same there. */
export function isLoopback(host: string): boolean {
  return /^(?:(?:.+\.)?localhost|127\.[\d.]+|0\.0\.0\.0|\[::1?\])$/i.test(host);
}

interface Trust {
  readonly context: SecureContext | undefined;
}

interface Connecting {
  readonly agents: { readonly http: HttpAgent; readonly https: HttpsAgent };
  readonly trusted: () => SecureContext | undefined;
  readonly proxy: URL | undefined;
}

function sendOnce(url: URL, call: HttpOptions, { agents, trusted, proxy }: Connecting): Promise<IncomingMessage> {
  const { method = 'GET', headers = {}, signal, timeout = idleLimit } = call;
  const common = { method, headers: { 'user-agent': userAgent, ...headers }, timeout, ...(signal ? { signal } : {}) };
  const start = async (): Promise<ClientRequest> => {
    if (url.protocol === 'https:') {
      const secureContext = trusted();
      const trust = secureContext ? { secureContext } : {};
      if (!proxy) return httpsRequest(url, { ...common, ...trust, agent: agents.https });
      const socket = await openTunnel(url, proxy, timeout, signal);
      const secure = tlsConnect({ socket, servername: url.hostname, ...trust });
      return httpsRequest(url, { ...common, agent: false, createConnection: () => secure });
    }
    if (!proxy) return httpRequest(url, { ...common, agent: agents.http });
    const { protocol, hostname, port } = proxy;
    const proxied = { ...common.headers, host: url.host, ...credentials(proxy) };
    return httpRequest({ ...common, protocol, hostname, port, path: url.href, headers: proxied, agent: agents.http });
  };
  return new Promise((resolve, reject) => {
    start().then((request) => {
      request.once('timeout', () => request.destroy(noAnswer(timeout)));
      request.once('error', reject);
      request.once('response', (response) => {
        response.setTimeout?.(timeout, () => response.destroy(new Error(`no data for ${timeout / 1000} s`)));
        resolve(response);
      });
      request.end();
    }, reject);
  });
}

function noAnswer(timeout: number): Error {
  return Object.assign(new Error(`no answer for ${timeout / 1000} s`), { code: 'ETIMEDOUT' });
}

/** A connection through a proxy's CONNECT. */
function openTunnel(url: URL, proxy: URL, timeout: number, signal?: AbortSignal): Promise<Socket> {
  const target = `${url.hostname}:${url.port || 443}`;
  const { hostname, port } = proxy;
  const options = { method: 'CONNECT', hostname, port, path: target, timeout, headers: credentials(proxy) };
  return new Promise((resolve, reject) => {
    const request = httpRequest({ ...options, agent: false, ...(signal ? { signal } : {}) });
    request.once('error', reject);
    request.once('timeout', () => request.destroy(new Error(`the proxy gave no answer for ${timeout / 1000} s`)));
    request.once('connect', (response, socket) => {
      if (response.statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(new Error(`the proxy ${withoutCredentials(proxy.href)} answered ${response.statusCode}`));
    });
    request.end();
  });
}

function credentials(proxy: URL): Record<string, string> {
  if (!proxy.username) return {};
  const pair = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** An address without user, password and trailing slashes; what is not an address comes back without them too. */
export function withoutCredentials(uri: string): string {
  return uri.replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1').replace(/\/+$/, '');
}

/** Whether a text has an address with a password, or with a token in its path, as channels of conda may have. */
export function holdsCredentials(text: string): boolean {
  return /:\/\/[^/\s"'@]*:[^/\s"'@]+@|\bhttps?:\/\/(?:[^/\s"'@]+@|[^/\s"']+\/t\/[^/\s"']+\/)/i.test(text);
}

function isRedirect(status: number | undefined): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}
