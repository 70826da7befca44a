import { type FilePath, joinPath, normalizePath, rootPath } from '../model/file-path.js';

/**
 * The address of a remote without what is secret in it: no password, and of web addresses no user, who may be a token.
 * Without them git asks its credential helper, as it should.
 */
export function publicUrl(url: string): string {
  return url
    .replace(/^(https?:\/\/)[^/@]*@/i, '$1')
    .replace(/^([a-z][\w+.-]*:\/\/[^\s:/@]*):[^/@]*@/i, '$1@')
    .replace(/^(https?:\/\/[^?#]*)[?#].*$/i, '$1');
}

/** A remote's address as it is understood from everywhere: a path from the working tree becomes one from the root. */
export function absoluteUrl(url: string, root: FilePath): string {
  if (isAddress(url) || url.startsWith('/') || url.startsWith('~')) return url;
  return normalizePath(joinPath(root, url as FilePath));
}

/** Whether others can reach it too, as against a path of this machine. */
export function isElsewhere(url: string): boolean {
  return isAddress(url) && !/^file:/i.test(url);
}

/** A URL, or what ssh takes: `host:path` (git-fetch(1), "GIT URLS"). */
function isAddress(url: string): boolean {
  return /^[a-z][\w+.-]*:\/\//i.test(url) || /^[^/:]+:/.test(url);
}

/** The last part of an address without `.git`; else that of the path. */
export function nameOf(url: string | undefined, root: FilePath): string {
  const parts = (url ?? root).replace(/\/*$/, '').split(/[/:]/);
  return (parts.at(-1) ?? '').replace(/\.git$/, '') || (root === rootPath ? 'root' : 'repository');
}
