import type { ImageFacts } from '../sources/facts.js';

/** A value beside the files: of a variable, or of an image's configuration. */
export interface SettingChange {
  readonly name: string;
  readonly before?: string;
  readonly after?: string;
}

/** Variables that are not the same, by name. */
export function compareSettings(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): SettingChange[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name) => {
    const [one, other] = [before[name], after[name]];
    if (one === other) return [];
    return [{ name, ...(one !== undefined && { before: one }), ...(other !== undefined && { after: other }) }];
  });
}

/** What an image says of how it is to be run and what it is; not its names, layers and dates, which say nothing of it. */
export function imageSettings(image: ImageFacts): Record<string, string> {
  const { entrypoint, command, architecture, configuration = {}, labels = {} } = image;
  return {
    ...(entrypoint && { entrypoint: JSON.stringify(entrypoint) }),
    ...(command && { command: JSON.stringify(command) }),
    ...(architecture !== undefined && { architecture }),
    ...Object.fromEntries(
      Object.entries(configuration).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    ),
    ...Object.fromEntries(Object.entries(labels).map(([name, value]) => [`label ${name}`, value])),
  };
}
