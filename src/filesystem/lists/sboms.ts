import { z } from 'zod';
import { packageText } from '../../model/package-text.js';
import type { PartialEntry } from '../trie/values.js';
import type { ListedPackage, ListFormat, ListInput } from './format.js';
import { checked, jsonOf } from './json.js';
import { rootedText } from './paths-of-lists.js';
import { distributionOfType, packageOfPurl } from './purl.js';

const spdxSchema = z.looseObject({
  name: z.string().optional(),
  packages: z
    .array(
      z.looseObject({
        SPDXID: z.string(),
        name: z.string(),
        versionInfo: z.string().optional(),
        externalRefs: z.array(z.looseObject({ referenceType: z.string(), referenceLocator: z.string() })).optional(),
      }),
    )
    .default([]),
  files: z
    .array(
      z.looseObject({
        SPDXID: z.string(),
        fileName: z.string(),
        checksums: z.array(z.looseObject({ algorithm: z.string(), checksumValue: z.string() })).optional(),
      }),
    )
    .default([]),
  relationships: z
    .array(z.looseObject({ spdxElementId: z.string(), relatedSpdxElement: z.string(), relationshipType: z.string() }))
    .default([]),
});

/** SPDX 2 as JSON: https://spdx.github.io/spdx-spec/v2.3/ */
export const spdx: ListFormat = {
  title: 'SPDX document with files',
  made: 'syft IMAGE -o spdx-json',
  isLike: ({ text }) => /^\s*\{/.test(text) && /"(?:spdxVersion|SPDXID)"\s*:/.test(text),
  async *read(input: ListInput) {
    const { where, tell } = input;
    const document = checked(spdxSchema, await jsonOf(input, spdx), spdx, where);
    const byId = new Map<string, ListedPackage>();
    for (const { SPDXID, externalRefs = [], name, versionInfo: version = '' } of document.packages) {
      const purl = externalRefs.find(({ referenceType }) => referenceType === 'purl')?.referenceLocator;
      const found = purl === undefined ? { distribution: 'unknown', name, version } : packageOfPurl(purl);
      // What is described as a whole is no package of its own.
      if (found && purl !== undefined) byId.set(SPDXID, found);
    }
    const owners = new Map(
      document.relationships
        .filter(({ relationshipType }) => relationshipType === 'CONTAINS')
        .flatMap(({ spdxElementId, relatedSpdxElement }) => {
          const owner = byId.get(spdxElementId);
          return owner ? [[relatedSpdxElement, packageText(owner)] as const] : [];
        }),
    );
    tell({ packages: distinct(byId.values()), ...(document.name && { image: { names: [document.name] } }) });
    yield document.files.map(({ SPDXID, fileName, checksums = [] }): PartialEntry => {
      const hash = checksums.find(({ algorithm }) => algorithm === 'SHA256')?.checksumValue;
      const owner = owners.get(SPDXID);
      return {
        path: rootedText(fileName),
        ...(hash !== undefined && isHash(hash) && { hash }),
        ...(owner !== undefined && { package: owner }),
      };
    });
  },
};

const componentSchema = z.looseObject({
  type: z.string(),
  name: z.string(),
  version: z.string().optional(),
  purl: z.string().optional(),
  hashes: z.array(z.looseObject({ alg: z.string(), content: z.string() })).optional(),
});

const cycloneDxSchema = z.looseObject({
  components: z.array(componentSchema).default([]),
  metadata: z.looseObject({ component: componentSchema.optional() }).optional(),
});

/** CycloneDX as JSON: components that are files, and packages. https://cyclonedx.org/docs/1.6/json/ */
export const cycloneDx: ListFormat = {
  title: 'CycloneDX document with files',
  made: 'syft IMAGE -o cyclonedx-json',
  isLike: ({ text }) => /^\s*\{/.test(text) && /"bomFormat"\s*:\s*"CycloneDX"/.test(text),
  async *read(input: ListInput) {
    const { where, tell } = input;
    const { components, metadata } = checked(cycloneDxSchema, await jsonOf(input, cycloneDx), cycloneDx, where);
    const packages = components.flatMap(({ type, name, version = '', purl }) => {
      if (type === 'file' || type === 'operating-system') return [];
      return (
        (purl === undefined ? undefined : packageOfPurl(purl)) ?? {
          distribution: distributionOfType(type),
          name,
          version,
        }
      );
    });
    const system = components.find(({ type }) => type === 'operating-system');
    const image = metadata?.component?.type === 'container' ? metadata.component.name : undefined;
    tell({
      packages: distinct(packages),
      ...(system && {
        system: { ID: system.name, ...(system.version !== undefined && { VERSION_ID: system.version }) },
      }),
      ...(image !== undefined && { image: { names: [image] } }),
    });
    yield components.flatMap(({ type, name, hashes = [] }): PartialEntry[] => {
      const hash = hashes.find(({ alg }) => alg === 'SHA-256')?.content;
      return type === 'file' ? [{ path: rootedText(name), ...(hash !== undefined && isHash(hash) && { hash }) }] : [];
    });
  },
};

function distinct(packages: Iterable<ListedPackage>): ListedPackage[] {
  return [...new Map([...packages].map((each) => [packageText(each), each])).values()];
}

function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}
