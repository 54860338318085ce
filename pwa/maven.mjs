// What Maven runs: installs the pinned libraries and builds, each only when something changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('.', import.meta.url));
const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  console.error(`Node ${process.versions.node} is too old to build pwa/. Put Node 24 or newer first on the PATH.`);
  process.exit(1);
}
const run = (...command) => {
  const { status, error } = spawnSync(command[0], command.slice(1), { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' });
  if (error) console.error(`${command[0]} could not be started: ${error.message}. Node's npm has to be on the PATH.`);
  if (status !== 0) process.exit(status ?? 1);
};

const lock = createHash('sha256').update(readFileSync(`${root}package-lock.json`)).digest('hex');
const mark = `${root}node_modules/.installed`;
const install = () => {
  if (existsSync(mark) && readFileSync(mark, 'utf8') === lock) return;
  run('npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error');
  writeFileSync(mark, lock);
};

if (process.argv[2] === 'test') {
  install();
  run('npm', 'test', '--silent');
} else if (spawnSync(process.execPath, [`${root}build.mjs`, '--check']).status !== 0) {
  install();
  run('npm', 'run', '--silent', 'build');
}
