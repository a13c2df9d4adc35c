import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { serverEnvironment } from '../launchers.config.js';

// Plain JavaScript in a text, because it must run from the sources (under jest) as well as from dist/.
// Its standard input ends when the process that started it is gone, however that came about.
const program = `
const { readFileSync, rmSync } = require('node:fs');
const pids = new Set(), folders = new Set();
const orders = {
  watch: (pid) => pids.add(pid),
  unwatch: (pid) => pids.delete(pid),
  remove: (folder) => folders.add(folder),
  keep: (folder) => folders.delete(folder),
};
let rest = '';
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk) => {
  const lines = (rest + chunk).split('\\n');
  rest = lines.pop();
  for (const [order, value] of lines.map((line) => JSON.parse(line))) orders[order](value);
});
process.stdin.on('end', finish);
process.stdin.on('error', finish);
async function finish() {
  for (const pid of pids) send(pid, 'SIGINT');
  for (let waited = 0; waited < 20000 && [...pids].some(runs); waited += 50) await new Promise((done) => setTimeout(done, 50));
  for (const pid of [...pids].filter(runs)) send(pid, 'SIGKILL');
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  process.exit(0);
}
function runs(pid) {
  if (!send(pid, 0)) return false;
  try { return !/\\) Z /.test(readFileSync('/proc/' + pid + '/stat', 'utf8')); } catch { return process.platform !== 'linux'; }
}
function send(pid, signal) {
  try { process.kill(pid, signal); return true; } catch { return false; }
}
`;

let watchdog: ChildProcess | undefined;

/** If this process ends without having stopped the server, however it ends, the watchdog stops it. */
export function watch(pid: number): void {
  order('watch', pid);
}

export function unwatch(pid: number): void {
  order('unwatch', pid);
}

/** If this process ends without having called keepFolder, the watchdog deletes the folder after the last server. */
export function removeFolderAtEnd(folder: string): void {
  order('remove', folder);
}

export function keepFolder(folder: string): void {
  order('keep', folder);
}

function order(name: string, value: number | string): void {
  watchdog ??= startWatchdog();
  watchdog.stdin?.write(`${JSON.stringify([name, value])}\n`);
}

function startWatchdog(): ChildProcess {
  const child = spawn(process.execPath, ['--eval', program], {
    cwd: '/',
    detached: true, // Ctrl-C reaches the whole foreground group; the watchdog must outlive it
    env: serverEnvironment(),
    stdio: ['pipe', 'ignore', 'ignore'],
    windowsHide: true,
  });
  const forget = () => {
    if (watchdog === child) watchdog = undefined;
  };
  child.on('error', forget);
  child.on('exit', forget);
  child.stdin.on('error', forget);
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return child;
}
