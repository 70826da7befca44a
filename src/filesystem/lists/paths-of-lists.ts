import { type FilePath, pathFromText } from '../../model/file-path.js';

/** The absolute path of a name as tools print it: seen from the root (`./a`, `a`) or whole. A last slash stays. */
export function rooted(name: string): FilePath {
  const path = name.startsWith('/') ? name : `/${name}`;
  return (isUneven(path) ? even(path) : path) as FilePath;
}

/** As {@link rooted}, of ordinary text. */
export function rootedText(name: string): FilePath {
  return rooted(pathFromText(name));
}

const dots = /\/\.\.?(?:\/|$)/;

function isUneven(path: string): boolean {
  // A hidden name begins with a dot, too.
  return path.includes('//') || (path.includes('/.') && dots.test(path));
}

function even(path: string): string {
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') kept.pop();
    else if (part !== '' && part !== '.') kept.push(part);
  }
  return kept.length > 0 && path.endsWith('/') ? `/${kept.join('/')}/` : `/${kept.join('/')}`;
}
