import { checkEngine, engineAddress } from '../../src/machines/engine.js';
import type { Backend } from '../backend.js';
import { localOnly } from '../local-only.js';
import { bootstrap } from './bootstrap.js';
import { commit, connect, connectCopy, describe, exportTree, mountPoints, size } from './lifecycle.js';
import { dockerParameters } from './parameters.js';
import { undo } from './undo.js';

/** A tagged image and a container on a Docker engine. */
export const docker: Backend<typeof dockerParameters> = localOnly({
  name: 'docker',
  title: 'a Docker engine: a tagged image and a container',
  parameters: dockerParameters,
  check: (_host, parameters) => checkEngine(engineAddress(parameters.host)),
  bootstrap,
  commit,
  connect: (resource, _host, options) => connect(resource, options),
  connectCopy: (resource, _host, options) => connectCopy(resource, options),
  exportTree: (resource, _host, signal) => exportTree(resource, signal),
  mountPoints,
  undo: (effect, _host, options) => undo(effect, options),
  describe,
  size,
});
