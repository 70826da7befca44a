import type { ListedPackage, TreeReader } from '../../packaging/distribution.js';
import { parseDatabase } from './database.js';
import { tag } from './header.js';

/** What `rpm -qa` lists, with the public keys that it keeps as packages. */
export async function listedRpm({ read }: TreeReader): Promise<readonly ListedPackage[]> {
  const { packages = [], keys = [] } = (await parseDatabase(read)) ?? {};
  return [...packages, ...keys].map(({ name, version, header }) => {
    const size = header.number(tag.size) ?? header.number(tag.longSize);
    return { name, version, ...(size !== undefined && { size }) };
  });
}
