import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFiles } from './loop.js';
import type { Root } from './roots.js';
import { must } from './run.js';

export interface SmallDeb {
  readonly name: string;
  readonly version: string;
  readonly depends?: string;
  /** Content by path below the root; the default is a program of its name that prints its version. */
  readonly files?: Readonly<Record<string, string>>;
  /** Scripts and other files of its control, by name. */
  readonly control?: Readonly<Record<string, string>>;
}

/** Builds packages that no archive has and installs them in a root, all at once. */
export async function installDebs(root: Root, debs: readonly SmallDeb[]): Promise<void> {
  const built: string[] = [];
  for (const { name, version, depends, files, control = {} } of debs) {
    const folder = join(root.path, 'tmp', name);
    const file = `/tmp/${name}_${version}.deb`;
    const lines = [`Package: ${name}`, `Version: ${version}`, 'Architecture: all', 'Maintainer: A <a@example.org>'];
    if (depends !== undefined) lines.push(`Depends: ${depends}`);
    mkdirSync(join(folder, 'DEBIAN'), { recursive: true });
    writeFiles(folder, {
      'DEBIAN/control': [...lines, 'Description: for a test', ''].join('\n'),
      ...Object.fromEntries(Object.entries(control).map(([file, text]) => [`DEBIAN/${file}`, text])),
      ...(files ?? { [`usr/bin/${name}`]: `#!/bin/sh\necho ${version}\n` }),
    });
    await must(['dpkg-deb', '--root-owner-group', '--build', folder, join(root.path, file)]);
    rmSync(folder, { recursive: true });
    built.push(file);
  }
  await root.inside(['dpkg', '--install', ...built]);
}
