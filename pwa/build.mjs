// Builds what the jar serves: target/classes/META-INF/resources. Does nothing when neither sources nor libraries changed.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('.', import.meta.url));
const out = join(root, 'target/classes/META-INF/resources');
const stamp = join(root, 'target/pwa.stamp');

const files = (dir) => readdirSync(dir, { recursive: true, withFileTypes: true }).filter((f) => f.isFile()).map((f) => join(f.parentPath, f.name)).sort();
const hashOf = (paths, base) => {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(relative(base, path)).update('\0').update(readFileSync(path));
  return hash.digest('hex').slice(0, 16);
};

const sources = [...files(join(root, 'src')), ...files(join(root, 'static')), ...['build.mjs', 'package-lock.json', 'tsconfig.json'].map((f) => join(root, f))];
const wanted = hashOf(sources, root);
if (process.argv.includes('--check')) process.exit(existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted ? 0 : 1);

const esbuild = await import('esbuild');
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const common = {
  bundle: true, minify: true, format: 'esm', target: ['es2022', 'chrome111', 'safari16.4', 'firefox115'], absWorkingDir: root, legalComments: 'linked', logLevel: 'warning',
};
const { metafile } = await esbuild.build({
  metafile: true, ...common, entryPoints: { live: 'src/live.ts', conversation: 'src/elements/conversation.ts' }, outdir: join(out, 'live'), splitting: true, chunkNames: 'chunks/[name]-[hash]', charset: 'utf8',
});
await esbuild.build({ ...common, entryPoints: { theme: 'src/css/theme.css', terminal: 'src/css/terminal.css' }, outdir: join(out, 'live') });
cpSync(join(root, 'static'), out, { recursive: true });
// The head and the frame stand in the server's page, and in the shell that the service worker keeps.
const part = (name) => readFileSync(join(root, 'src', name), 'utf8').replace(/^\s+/gm, '');
const early = (await esbuild.transform(readFileSync(join(root, 'src/early.js'), 'utf8'), { minify: true, target: 'es2022' })).code.trim();
const parts = Object.entries(metafile.outputs).find(([path]) => path.endsWith('/live/live.js'))[1].imports.filter((i) => i.kind === 'import-statement');
const preloads = parts.map((i) => `<link rel="modulepreload" href="/${relative(out, join(root, i.path))}">`).join('\n');
const head = part('head.html').replace('EARLY', () => early).replace('PRELOADS', preloads);
const frame = part('frame.html');
writeFileSync(join(out, 'live/head.html'), head);
writeFileSync(join(out, 'live/frame.html'), frame);
writeFileSync(join(out, 'offline.html'), part('offline.html').replace('HEAD', () => head).replace('FRAME', () => frame));

// What only the editor needs is loaded when a text is opened, and kept by the worker from then on. Nothing is to be seen in a
// terminal without a server, so its parts are not kept for that either.
const LAZY = ['src/files/editor.ts', 'src/terminal/terminal.ts'];
const reached = new Set();
const reach = (path) => {
  if (reached.has(path) || LAZY.includes(metafile.outputs[path]?.entryPoint)) return;
  reached.add(path);
  for (const i of metafile.outputs[path]?.imports ?? []) reach(i.path);
};
for (const [path, output] of Object.entries(metafile.outputs)) if (output.entryPoint && !LAZY.includes(output.entryPoint) && /\/live\/(live|conversation)\.js$/.test(path)) reach(path);
const lazy = new Set(Object.keys(metafile.outputs).filter((path) => !reached.has(path)).map((path) => `/${relative(out, join(root, path))}`));
const assets = files(out).map((f) => `/${relative(out, f)}`).filter((p) => !lazy.has(p) && p !== '/live/terminal.css' && !/\.LEGAL\.txt$|^\/live\/(head|frame)\.html$/.test(p));
const version = hashOf(files(out), out);
await esbuild.build({
  ...common, entryPoints: { 'service-worker': 'src/sw.ts' }, outdir: out, define: { BUILD: JSON.stringify(version), ASSETS: JSON.stringify(assets) },
});
// Compressed once, as well as can be, instead of at every request.
for (const path of files(out).filter((f) => /\.(js|css|html|svg|webmanifest)$/.test(f))) {
  const data = readFileSync(path);
  writeFileSync(`${path}.br`, brotliCompressSync(data));
  writeFileSync(`${path}.gz`, gzipSync(data, { level: 9 }));
}
writeFileSync(stamp, wanted);

if (process.argv.includes('--sizes')) {
  for (const path of files(out).filter((f) => /\.(js|css|html)$/.test(f))) {
    const data = readFileSync(path);
    console.log(`${relative(out, path).padEnd(44)} ${String(data.length).padStart(8)}  gzip ${String(gzipSync(data).length).padStart(7)}  br ${String(brotliCompressSync(data).length).padStart(7)}`);
  }
}
