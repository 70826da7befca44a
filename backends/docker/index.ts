import { engineAddressOn } from '../../src/machines/engine/address.js';
import { checkEngine } from '../../src/machines/engine/index.js';
import type { Backend } from '../backend.js';
import { bootstrap } from './bootstrap.js';
import { find } from './find.js';
import { freeze, instantiate } from './images.js';
import { layers } from './layers.js';
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
import { push } from './registry.js';
import { undo } from './undo.js';

/** A tagged image and a container on a Docker engine. */
export const docker: Backend<typeof dockerParameters> = {
  name: 'docker',
  title: 'a Docker engine: a tagged image and a container',
  parameters: dockerParameters,
  support: ['/.dockerenv', '/etc/hostname', '/etc/hosts', '/etc/resolv.conf'],
  check: (host, parameters) => checkEngine(host, engineAddressOn(host, parameters.host)),
  bootstrap,
  layers,
  commit,
  recommit,
  instantiate,
  freeze,
  push,
  connect,
  connectCopy,
  exportTree,
  mountPoints,
  start,
  stop,
  state,
  naming,
  undo,
  find,
  describe,
  size,
};
