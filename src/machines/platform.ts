import { readFileSync } from 'node:fs';
import { cpus, machine, release } from 'node:os';
import { cpuLevelOf } from '../model/cpu-level.js';
import { type FilePath, pathFromText } from '../model/file-path.js';
import type { Platform } from '../model/platform.js';
import { containerSigns, insideContainer } from './inside-container.js';
import type { FileView, Machine } from './machine.js';

export interface PlatformOptions {
  /** Of the process that uses the machine; its locale and time zone go before those of the files. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Of a machine with another kernel than ours. */
  readonly kernel?: { readonly release: string; readonly machine: string };
}

/** What a machine with these files says of what it runs on. */
export function onPlatform(files: FileView, options: PlatformOptions = {}): Pick<Machine, 'processor' | 'platform'> {
  let read: Promise<Platform> | undefined;
  const asked = () =>
    readPlatform(files, options).catch((error: unknown) => {
      read = undefined;
      throw error;
    });
  return { processor: options.kernel?.machine ?? machine(), platform: () => (read ??= asked()) };
}

/** What the environment below runs on, read from files and this process. */
async function readPlatform(files: FileView, options: PlatformOptions = {}): Promise<Platform> {
  const processor = options.kernel?.machine ?? machine();
  const cpu = options.kernel === undefined ? cpus()[0]?.model.trim() : undefined;
  const cpuLevel = options.kernel === undefined ? ownCpuLevel() : undefined;
  const settings = await files.gather([
    '/etc/{timezone,locale.conf}',
    '/etc/default/locale',
    ...libcGlobs(processor),
    ...containerSigns,
  ]);
  const container = insideContainer(settings, options.environment);
  const libc = libcOf(settings);
  const locale = localeOf(options.environment ?? {}, settings);
  const timezone = options.environment?.['TZ'] || (await timezoneOf(files, settings));
  return {
    os: 'linux',
    kernel: options.kernel?.release ?? release(),
    machine: processor,
    ...(cpu ? { cpu } : {}),
    ...(cpuLevel ? { cpuLevel } : {}),
    ...(libc ? { libc } : {}),
    ...(locale ? { locale } : {}),
    ...(timezone ? { timezone } : {}),
    ...(container ? { container } : {}),
  };
}

function ownCpuLevel(): string | undefined {
  try {
    return cpuLevelOf(readFileSync('/proc/cpuinfo', 'latin1'));
  } catch {
    // Without /proc nothing says what this CPU can do.
    return undefined;
  }
}

function libcGlobs(processor: string): string[] {
  const wide = processor.includes('64') ? '/lib64/libc.so.6' : '/lib/libc.so.6';
  return [`/lib/${processor}-linux-gnu*/libc.so.6`, wide, `/lib/ld-musl-${processor}.so.1`];
}

/** glibc and musl name themselves in their own text (`gnu_get_libc_version` returns a part of it). */
function libcOf(files: ReadonlyMap<FilePath, Buffer>): string | undefined {
  for (const [path, content] of files) {
    const at = path.endsWith('/libc.so.6') ? content.indexOf('stable release version ') : -1;
    const version = at < 0 ? undefined : /version ([0-9.]*[0-9])/.exec(content.toString('latin1', at, at + 64))?.[1];
    if (version !== undefined) return `glibc ${version}`;
  }
  // Beside glibc it is a package like any other.
  return [...files.keys()].some((path) => path.includes('/ld-musl-')) ? 'musl' : undefined;
}

function localeOf(
  environment: Readonly<Record<string, string | undefined>>,
  files: ReadonlyMap<FilePath, Buffer>,
): string | undefined {
  const { LC_ALL, LC_CTYPE, LANG } = environment;
  const text = ['/etc/default/locale', '/etc/locale.conf'].map((name) => files.get(pathFromText(name))?.toString());
  return LC_ALL || LC_CTYPE || LANG || /^LANG="?([^"\n]+)"?$/m.exec(text.join('\n'))?.[1];
}

async function timezoneOf(files: FileView, gathered: ReadonlyMap<FilePath, Buffer>): Promise<string | undefined> {
  const link = await files.lstat(pathFromText('/etc/localtime'));
  const named = link?.target === undefined ? undefined : /zoneinfo\/(.+)$/.exec(link.target)?.[1];
  return named ?? gathered.get(pathFromText('/etc/timezone'))?.toString().trim();
}
