#!/usr/bin/env node
// By parts: all of oclif takes as long to load again as what is used of it here.
import { execute } from '@oclif/core/execute';
import { settings } from '@oclif/core/settings';

settings.enableAutoTranspile = false;
await execute({ dir: import.meta.url });
