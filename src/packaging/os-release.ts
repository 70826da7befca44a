import type { FilePath } from '../model/file-path.js';

/** Where a system says what it is, best first. */
export const osReleaseFiles = ['/etc/os-release', '/usr/lib/os-release'] as const;

/** os-release(5): shell-like assignments (`ID`, `VERSION_ID`, `VERSION_CODENAME`, ...); of gathered files. */
export function readOsRelease(databases: ReadonlyMap<FilePath, Buffer>): Readonly<Record<string, string>> {
  const content = osReleaseFiles.map((file) => databases.get(file as FilePath)).find((each) => each !== undefined);
  const values: Record<string, string> = {};
  for (const line of (content?.toString('utf8') ?? '').split('\n')) {
    const match = /^([A-Z0-9_]+)=(?:"(.*)"|'(.*)'|(.*))$/.exec(line.trim());
    if (match?.[1]) values[match[1]] = match[2] ?? match[3] ?? match[4] ?? '';
  }
  return values;
}
