#!/usr/bin/env node
import { text } from 'node:stream/consumers';
import { runCommands } from '@synnefo/admin';
import { sources } from '../sources.js';

process.exitCode = await runCommands({
  program: 'snf-manage',
  argv: process.argv.slice(2),
  env: process.env,
  sources,
  stdout: (output) => void process.stdout.write(output),
  stderr: (output) => void process.stderr.write(output),
  readStdin: () => text(process.stdin),
});
