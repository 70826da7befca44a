import { parse } from 'yaml';
import { z } from 'zod';
import { withoutCredentials } from '../../archives/http.js';

/** What a lock file says of one installed package. */
export interface LockRecord {
  /** Where it was had from, without credentials. */
  readonly resolved?: string;
  /** https://www.w3.org/TR/SRI/ */
  readonly integrity?: string;
  readonly bundled?: boolean;
  readonly optional?: boolean;
}

/** By the place in the project (`node_modules/a/node_modules/b`), or by `name@version` where the file has no places. */
export type LockRecords = ReadonlyMap<string, LockRecord>;

const recordSchema = z.looseObject({
  resolved: z.string().optional().catch(undefined),
  integrity: z.string().optional().catch(undefined),
  inBundle: z.boolean().optional().catch(undefined),
  optional: z.boolean().optional().catch(undefined),
});

const npmSchema = z.looseObject({ packages: z.record(z.string(), recordSchema).optional() });
const pnpmSchema = z.looseObject({
  packages: z
    .record(
      z.string(),
      z.looseObject({
        version: z.string().optional().catch(undefined),
        resolution: z.looseObject({ integrity: z.string().optional(), tarball: z.string().optional() }),
      }),
    )
    .optional(),
});

/** https://docs.npmjs.com/cli/configuring-npm/package-lock-json, the hidden one in node_modules as well. */
export function npmRecords(content: Buffer): LockRecords {
  const { packages = {} } = npmSchema.parse(JSON.parse(content.toString('utf8')));
  return new Map(
    Object.entries(packages).map(([place, { resolved, integrity, inBundle, optional }]) => [
      place,
      recordOf({ resolved, integrity, bundled: inBundle, optional }),
    ]),
  );
}

/** The copy of pnpm-lock.yaml in node_modules/.pnpm. Keys are `name@version(peers)`, once `/name/version_peers`. */
export function pnpmRecords(content: Buffer): LockRecords {
  const { packages = {} } = pnpmSchema.parse(parse(content.toString('utf8')));
  return new Map(
    Object.entries(packages).flatMap(
      ([
        key,
        {
          resolution: { integrity, tarball: resolved },
          version,
        },
      ]) => {
        const [, name, of] = /^\/?((?:@[^/]+\/)?[^/@]+)[@/]([^(_]+)/.exec(key) ?? [];
        return name === undefined ? [] : [[`${name}@${version ?? of}`, recordOf({ resolved, integrity })] as const];
      },
    ),
  );
}

/** yarn.lock of Yarn 1: blocks of a line of `name@range`s and indented `key "value"` lines; an address ends in the SHA-1. */
export function yarnRecords(content: Buffer): LockRecords {
  const records = new Map<string, LockRecord>();
  for (const block of content.toString('utf8').split(/\n(?=\S)/)) {
    const name = /^"?(@?[^@"\s]+)@/.exec(block)?.[1];
    const value = (key: string) => new RegExp(`^ {2}${key} "?([^"\\s]+)"?$`, 'm').exec(block)?.[1];
    const version = value('version');
    if (name === undefined || version === undefined) continue;
    const [, resolved = value('resolved'), sha1] =
      /^((?:https?|file):.*)#([0-9a-f]{40})$/.exec(value('resolved') ?? '') ?? [];
    const integrity = value('integrity') ?? (sha1 && `sha1-${Buffer.from(sha1, 'hex').toString('base64')}`);
    records.set(`${name}@${version}`, recordOf({ resolved, integrity }));
  }
  return records;
}

/** What is known of it, without what is not. */
export function recordOf(from: { readonly [K in keyof LockRecord]?: LockRecord[K] | undefined }): LockRecord {
  const { resolved, integrity, bundled, optional } = from;
  return {
    ...(resolved === undefined ? {} : { resolved: withoutSecret(resolved) }),
    ...(integrity ? { integrity } : {}),
    ...(bundled ? { bundled } : {}),
    ...(optional ? { optional } : {}),
  };
}

/** The strongest digest of an integrity, in hexadecimal digits. */
export function digestOf(integrity: string | undefined) {
  for (const algorithm of ['sha512', 'sha256', 'sha1'] as const) {
    const value = new RegExp(`(?:^|\\s)${algorithm}-([A-Za-z0-9+/]+=*)`).exec(integrity ?? '')?.[1];
    if (value !== undefined) return { algorithm, value: Buffer.from(value, 'base64').toString('hex') };
  }
  return undefined;
}

/** The user of ssh stays: without it nobody would be let in, and with it nobody is. */
function withoutSecret(resolved: string): string {
  return resolved.includes('ssh://') ? resolved.replace(/(:\/\/[^/@:]*):[^/@]*@/, '$1@') : withoutCredentials(resolved);
}
