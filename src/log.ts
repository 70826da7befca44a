import { debuglog } from 'node:util';

/** Diagnostics for developers, shown with `NODE_DEBUG=reproman`. Never pass a secret or an unmasked URL. */
export const debug = debuglog('reproman');
