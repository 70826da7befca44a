#!/usr/bin/env node
// Runs the command line from its TypeScript source, for developers.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import 'tsx';
import { execute, settings } from '@oclif/core';

settings.enableAutoTranspile = false;
// Not the project's own folder: there oclif would find the manifest, and with it the verbs, of the last build.
const root = fileURLToPath(new URL('../src', import.meta.url));
const pjson = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
pjson.oclif.commands = './commands';
pjson.oclif.hooks = { command_not_found: './cli/unknown-verb' };

await execute({ loadOptions: { root, pjson } });
