import { checkEngine, engineAddressOn } from '../../src/machines/engine.js';
import type { Backend } from '../backend.js';
import { bootstrap } from './bootstrap.js';
import {
  commit,
  connect,
  connectCopy,
  describe,
  exportTree,
  mountPoints,
  recommit,
  size,
  start,
  state,
  stop,
} from './lifecycle.js';
import { naming } from './naming.js';
import { dockerParameters } from './parameters.js';
import { undo } from './undo.js';

/** A tagged image and a container on a Docker engine. */
export const docker: Backend<typeof dockerParameters> = {
  name: 'docker',
  title: 'a Docker engine: a tagged image and a container',
  parameters: dockerParameters,
  check: (host, parameters) => checkEngine(host, engineAddressOn(host, parameters.host)),
  bootstrap,
  commit,
  recommit,
  connect,
  connectCopy,
  exportTree,
  mountPoints,
  start,
  stop,
  state,
  naming,
  undo,
  describe,
  size,
};
