import type { Backend } from '../../backends/backend.js';
import { backends, isBackend } from '../../backends/registry.js';
import { ReproError } from '../errors.js';
import { closestName } from '../spec/closest-name.js';

/** The backend of that name, loaded now. */
export async function backendOf(name: string): Promise<Backend> {
  if (isBackend(name)) return backends[name]();
  const known = Object.keys(backends);
  const near = closestName(name, known);
  throw new ReproError('usage', `there is no backend '${name}'`, {
    remedy: near ? `did you mean '${near}'?` : `choose one of: ${known.join(', ')}`,
  });
}

/** Checks what the user said with `-b key=value` against what the backend knows. */
export function parseParameters(backend: Backend, given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const known = Object.keys(backend.parameters.shape);
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    const near = closestName(unknown, known);
    throw new ReproError('usage', `the backend ${backend.name} has no parameter '${unknown}'`, {
      remedy: near ? `did you mean '${near}'?` : `it has: ${known.join(', ') || 'none'}`,
    });
  }
  const parsed = backend.parameters.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ReproError('usage', `the parameter ${issue?.path.join('.')} is not right: ${issue?.message}`, {
    where: `backend ${backend.name}`,
    remedy: `give it as -b ${issue?.path.join('.')}=VALUE`,
  });
}
