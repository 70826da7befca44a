import { ReproError } from '../errors.js';

/** Something that stands on others, by their names. */
interface Standing {
  readonly name: string;
  readonly needs: readonly string[];
}

/** Each after all that it needs, otherwise as they come; `file` is the spec's, for messages. */
export function inOrderOfNeed<T extends Standing>(all: readonly T[], file: string): T[] {
  const ordered = new Set<T>();
  const place = (each: T, above: readonly string[]): void => {
    if (ordered.has(each)) return;
    const way = [...above, each.name];
    if (above.includes(each.name)) throw circle(way.slice(above.indexOf(each.name)), file);
    for (const name of each.needs) {
      const needed = all.find((other) => other.name === name);
      if (!needed) throw missing(each, name, file);
      place(needed, way);
    }
    ordered.add(each);
  };
  for (const each of all) place(each, []);
  return [...ordered];
}

function circle(names: readonly string[], where: string): ReproError {
  return new ReproError('usage', `distributions of the spec need one another in a circle: ${names.join(' needs ')}`, {
    where,
    remedy: 'take one of them out of the spec, or trace again',
  });
}

function missing({ name }: Standing, needed: string, where: string): ReproError {
  return new ReproError('usage', `${name} needs the distribution ${needed}, which the spec does not have`, {
    where,
    remedy: `name ${needed} under distributions, or trace again`,
  });
}
