import type { ZodObject } from 'zod';
import { ReproError } from '../src/errors.js';
import { requireLocal } from '../src/machines/local.js';
import type { Machine } from '../src/machines/machine.js';
import type { Backend } from './backend.js';

/** A backend that acts on this machine's own files or engine whatever its host: it refuses every other host. */
export function localOnly<P extends ZodObject>(backend: Backend<P>): Backend<P> {
  const refuseOther = (host: Machine) => requireLocal(host, `the backend ${backend.name}`);
  const { commit } = backend;
  return {
    ...backend,
    async check(host, parameters) {
      try {
        refuseOther(host);
      } catch (error) {
        if (!(error instanceof ReproError)) throw error;
        return { ready: false, missing: error.message, remedy: error.remedy ?? '' };
      }
      return backend.check(host, parameters);
    },
    async bootstrap(base, context) {
      refuseOther(context.host);
      return backend.bootstrap(base, context);
    },
    ...(commit && {
      async commit(resource, context) {
        refuseOther(context.host);
        return commit(resource, context);
      },
    }),
    async connect(resource, host, options) {
      refuseOther(host);
      return backend.connect(resource, host, options);
    },
    async connectCopy(resource, host, options) {
      refuseOther(host);
      return backend.connectCopy(resource, host, options);
    },
    async exportTree(resource, host, signal) {
      refuseOther(host);
      return backend.exportTree(resource, host, signal);
    },
    async mountPoints(resource, host) {
      refuseOther(host);
      return backend.mountPoints(resource, host);
    },
    async undo(effect, host, options) {
      refuseOther(host);
      return backend.undo(effect, host, options);
    },
    async describe(resource, host) {
      refuseOther(host);
      return backend.describe(resource, host);
    },
    async size(resource, host) {
      refuseOther(host);
      return backend.size(resource, host);
    },
  };
}
