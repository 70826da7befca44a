import { parse } from 'yaml';
import { z } from 'zod';
import type { Base } from '../src/packaging/base-system.js';
import { openTemplates, type Templates } from '../src/templates/templates.js';

/** By backends, and there by systems such as `debian 12` or `fedora *`, what is there ready-made, in order. */
export const baseTableSchema = z.record(z.string(), z.record(z.string(), z.string().min(1)));

type SystemName = Pick<Base, 'distribution' | 'release' | 'codename' | 'architecture'>;

export type BaseTable = z.infer<typeof baseTableSchema>;

/** The table that comes with the package, or the user's own in its stead. */
export async function readBaseTable(templates: Templates): Promise<BaseTable> {
  return baseTableSchema.parse(parse(await templates.read('bases.yml')));
}

/** What the user's own table has for a backend, or else the package's. */
export async function findNative(
  backend: string,
  base: SystemName,
  { bases, templates = openTemplates() }: { readonly bases?: BaseTable; readonly templates?: Templates },
): Promise<string | undefined> {
  return nativeBase(backend, base, [...(bases ? [bases] : []), await readBaseTable(templates)]);
}

/** What a backend calls the ready-made system of a base, by the first row that fits of the first table that has one. */
export function nativeBase(backend: string, base: SystemName, tables: readonly BaseTable[]): string | undefined {
  const system = systemOf(base);
  const rows = tables.flatMap((table) => Object.entries(table[backend] ?? {}));
  const values: Readonly<Record<string, string | undefined>> = {
    release: system.release,
    codename: base.codename,
    architecture: base.architecture,
  };
  for (const [name, native] of rows) {
    if (name !== `${system.name} ${system.release}` && name !== `${system.name} *`) continue;
    const wanted = [...native.matchAll(/@(\w+)@/g)].map(([, key = '']) => values[key]);
    if (wanted.every((value) => value !== undefined))
      return native.replace(/@(\w+)@/g, (_all, key) => `${values[key]}`);
  }
  return undefined;
}

/** A release that is not the distribution's own has its system's name before it: `ubuntu 24.04`. */
function systemOf({ distribution, release }: Pick<Base, 'distribution' | 'release'>) {
  const [, name, number] = /^(\S+) (.+)$/.exec(release) ?? [];
  return { name: name ?? distribution, release: number ?? release };
}
