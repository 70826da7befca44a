import { z } from 'zod';
import { type FilePath, parsePath } from './file-path.js';

/** Building blocks that the documents of several layers share. */
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 in 64 hexadecimal digits');

/** An absolute path as `showPath` writes it, without `..`, `.` or empty components. */
export const pathTextSchema = z
  .string()
  .regex(/^\/(?:[^/\0]+(?:\/[^/\0]+)*)?$/, 'an absolute path')
  .refine((text) => !/\p{Cc}/u.test(text), 'a path whose control characters are written as \\xNN')
  .refine((text) => !text.split('/').some((part) => part === '.' || part === '..'), 'a path without . or .. parts');

/** Reads a path of a document that was checked by {@link pathTextSchema}. */
export function documentPath(text: string): FilePath {
  return parsePath(text);
}

/** Octal permission bits as text, e.g. `0644`: YAML would read a bare number as decimal. */
export const modeSchema = z.string().regex(/^[0-7]{3,4}$/, 'octal permission bits such as 0644');

export const dateSchema = z.iso.datetime({ message: 'a date such as 2026-01-31T12:00:00Z' });
