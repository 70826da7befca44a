#!/usr/bin/env -S node --import tsx
// Runs the command line from its TypeScript source, for developers.
import { execute } from '@oclif/core';

await execute({ development: true, dir: import.meta.url });
