import { loadDistribution } from '../../distributions/load.js';
import type { Resource } from '../../model/resource.js';
import type { ShellSettings } from '../../packaging/distribution.js';
import type { Specification } from '../../spec/specification.js';
import type { Activation } from './activation.js';

/** What a shell is told of a resource: the variables of its first run, and the places of what lies outside the base. */
export async function activationOf({ name, run }: Resource, { lock }: Specification): Promise<Activation> {
  const settings: ShellSettings[] = [];
  for (const half of lock?.distributions ?? []) {
    const module = await loadDistribution(half.name);
    settings.push(...(module?.shell?.(module.lockSchema.parse(half)) ?? []));
  }
  // Of two that set the same, the one whose programs come first.
  const places = settings.toReversed().map(({ variables }) => variables);
  return {
    name,
    variables: Object.assign({}, ...places, run.environment),
    path: settings.map(({ programs }) => programs),
  };
}
