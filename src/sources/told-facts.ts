import { z } from 'zod';
import { type FilePath, rootPath } from '../model/file-path.js';
import { osReleaseFiles, readOsRelease } from '../packaging/os-release.js';
import type { SourceFacts } from './facts.js';

/** What the files say in which systems tell of themselves; absent what is nowhere said. */
export function toldFacts(contentOf: (path: FilePath) => Buffer | undefined): SourceFacts {
  const texts = new Map(
    osReleaseFiles.flatMap((file) => {
      const content = contentOf(file as FilePath);
      return content === undefined ? [] : [[file as FilePath, content] as const];
    }),
  );
  const system = readOsRelease(texts);
  const recipe = contentOf(inSingularity('Singularity'))?.toString('utf8');
  const labels = labelsOf(contentOf(inSingularity('labels.json')));
  const environment = variablesOf([
    contentOf(inSingularity('env/10-docker2singularity.sh')),
    contentOf(inSingularity('env/90-environment.sh')),
  ]);
  return {
    ...(Object.keys(system).length > 0 && { system: { ...system } }),
    ...(recipe && { recipe }),
    ...(labels && { image: { layers: [], labels } }),
    ...(Object.keys(environment).length > 0 && { environment }),
  };
}

/** https://apptainer.org/docs/user/main/environment_and_metadata.html */
function inSingularity(name: string): FilePath {
  return `${rootPath}.singularity.d/${name}` as FilePath;
}

const labelsSchema = z.record(z.string(), z.unknown());

function labelsOf(content: Buffer | undefined): Record<string, string> | undefined {
  if (content === undefined) return undefined;
  try {
    const labels = Object.entries(labelsSchema.parse(JSON.parse(content.toString('utf8'))));
    return Object.fromEntries(labels.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])));
  } catch {
    // Anybody may write there.
    return undefined;
  }
}

/** `export NAME="${NAME:-"value"}"` and `export NAME=value`: values that need no shell to be understood. */
function variablesOf(scripts: readonly (Buffer | undefined)[]): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const line of scripts.flatMap((script) => script?.toString('utf8').split('\n') ?? [])) {
    const [, name, text] = /^\s*export\s+([A-Za-z_]\w*)=(.*)$/.exec(line) ?? [];
    const value = text === undefined ? undefined : plainValue(text.trim());
    if (name !== undefined && value !== undefined) variables[name] = value;
  }
  return variables;
}

function plainValue(text: string): string | undefined {
  const inner = /^"\$\{\w+:-(.*)\}"$/.exec(text)?.[1] ?? text;
  const bare = /^"(.*)"$/.exec(inner)?.[1] ?? /^'([^']*)'$/.exec(inner)?.[1] ?? inner;
  return /[$`"\\]/.test(bare) ? undefined : bare;
}
