// Serves OHIF beside archives, opens a study in a headless Chromium, and takes pictures; see dev/ohif.
//   node dev/ohif.mjs DIST STUDY OUT NAME=DICOMWEB_ROOT...
import { spawn } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';

const [dist, study, out, ...roots] = process.argv.slice(2);
const archives = new Map(roots.map(root => [root.slice(0, root.indexOf('=')), root.slice(root.indexOf('=') + 1)]));
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.wasm': 'application/wasm', '.json': 'application/json', '.svg': 'image/svg+xml', '.png': 'image/png' };

function config() {
  const sources = [...archives.keys()].map(name => ({
    namespace: '@ohif/extension-default.dataSourcesModule.dicomweb',
    sourceName: name,
    configuration: {
      friendlyName: name, name, wadoUriRoot: `/${name}`, qidoRoot: `/${name}`, wadoRoot: `/${name}`,
      qidoSupportsIncludeField: false, imageRendering: 'wadors', thumbnailRendering: 'wadors',
      enableStudyLazyLoad: true, supportsFuzzyMatching: false, supportsWildcard: true,
    },
  }));
  return 'window.config = ' + JSON.stringify({
    routerBasename: '/', showStudyList: true, extensions: [], modes: [], maxNumberOfWebWorkers: 2, showWarningMessageForCrossOrigin: false,
    showCPUFallbackMessage: false, showLoadingIndicator: true, strictZSpacingForVolumeViewport: false, disableConfirmationPrompts: true,
    investigationalUseDialog: { option: 'never' }, defaultDataSourceName: sources[0].sourceName, dataSources: sources,
  }) + ';';
}

const server = http.createServer((request, response) => {
  const path = decodeURIComponent(request.url.split('?')[0]);
  const name = path.split('/')[1];
  if (archives.has(name)) {
    const to = new URL(archives.get(name) + request.url.slice(name.length + 1));
    const asked = http.request(to, { method: request.method, headers: { ...request.headers, host: to.host, connection: 'close' } }, answer => {
      console.log(`${name} ${answer.statusCode} ${to.pathname.replace(/~prs_[^/]+/, '~...').replaceAll(study, 'STUDY')}${to.search.replaceAll(study, 'STUDY')}`);
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    asked.on('error', () => response.writeHead(502).end());
    request.pipe(asked);
    return;
  }
  const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
  if (path === '/app-config.js') {
    response.writeHead(200, { ...headers, 'Content-Type': 'text/javascript' }).end(config());
    return;
  }
  let file = join(dist, path);
  if (!file.startsWith(dist) || !existsSync(file) || statSync(file).isDirectory()) file = join(dist, 'index.html');
  response.writeHead(200, { ...headers, 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' });
  createReadStream(file).pipe(response);
});
await new Promise(ready => server.listen(0, '127.0.0.1', ready));
const origin = `http://127.0.0.1:${server.address().port}`;

// The browser is driven by its own protocol over a pipe.
const profile = mkdtempSync(join(tmpdir(), 'ohif-'));
const browser = spawn('chromium', ['--headless', '--no-sandbox', '--no-first-run', '--remote-debugging-pipe', '--use-gl=angle', '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist', '--window-size=1500,950', `--user-data-dir=${profile}`, 'about:blank'],
{ stdio: ['ignore', 'ignore', process.env.OHIF_VERBOSE ? 'inherit' : 'ignore', 'pipe', 'pipe'] });
let last = 0, rest = '';
const waiting = new Map();
browser.stdio[4].on('data', chunk => {
  const parts = (rest + chunk).split('\0');
  rest = parts.pop();
  for (const part of parts) {
    const message = JSON.parse(part);
    if (message.id) waiting.get(message.id)?.(message);
    else if (message.method === 'Runtime.exceptionThrown') console.log('page:', message.params.exceptionDetails.exception?.description?.split('\n')[0]);
    else if (message.method === 'Runtime.consoleAPICalled' && message.params.type === 'error') console.log('console:', message.params.args.map(a => a.value ?? a.description ?? '').join(' ').slice(0, 300));
  }
});
const send = (method, params = {}, sessionId) => new Promise((done, failed) => {
  const id = ++last;
  waiting.set(id, message => {
    waiting.delete(id);
    message.error ? failed(new Error(`${method}: ${message.error.message}`)) : done(message.result);
  });
  browser.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
});
const sleep = ms => new Promise(done => setTimeout(done, ms));

let status = 0;
try {
  for (const name of archives.keys()) {
    const { targetId } = await send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
    await send('Runtime.enable', {}, sessionId);
    await send('Page.enable', {}, sessionId);
    await send('Emulation.setDeviceMetricsOverride', { width: 1500, height: 950, deviceScaleFactor: 1, mobile: false }, sessionId);
    const page = async script => (await send('Runtime.evaluate', { expression: script, awaitPromise: true, returnByValue: true }, sessionId)).result?.value;
    const click = async (place, count) => {
      for (let i = 1; i <= count; i++) {
        for (const type of ['mousePressed', 'mouseReleased']) {
          await send('Input.dispatchMouseEvent', { type, x: place.x, y: place.y, button: 'left', clickCount: i }, sessionId);
        }
      }
    };
    const until = async (what, script, seconds) => {
      for (const end = Date.now() + 1000 * seconds; Date.now() < end; await sleep(500)) {
        const value = await page(script);
        if (value) return value;
      }
      throw new Error(`${name}: no ${what} after ${seconds} s; the page says: ${String(await page('document.body.innerText')).slice(0, 600)}`);
    };
    const picture = async to => {
      const { data } = await send('Page.captureScreenshot', { format: 'png' }, sessionId);
      writeFileSync(join(out, to), Buffer.from(data, 'base64'));
    };
    await send('Page.navigate', { url: `${origin}/viewer/${name}?StudyInstanceUIDs=${study}` }, sessionId);
    try {
      await until('picture', 'document.querySelectorAll("canvas.cornerstone-canvas").length > 0', 120);
      await sleep(5000);
      await picture(`ohif-${name}-source.png`);
      const place = await until('segmentation beside the source', `(() => {
        const one = [...document.querySelectorAll('[data-cy^="study-browser-thumbnail"]')].find(e => /SEG/.test(e.innerText));
        if (!one) return null;
        one.scrollIntoView();
        const box = one.getBoundingClientRect();
        return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
      })()`, 60);
      await click(place, 2);
      // Grey pictures have no colour: what has is the segmentation, drawn over them.
      const coloured = await until('colour over the picture', `(() => {
        const canvas = document.querySelector('canvas.cornerstone-canvas');
        const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        let count = 0;
        for (let i = 0; i < pixels.length; i += 4) {
          count += Math.max(pixels[i], pixels[i + 1], pixels[i + 2]) - Math.min(pixels[i], pixels[i + 1], pixels[i + 2]) > 40 ? 1 : 0;
        }
        return count > 500 ? count : 0;
      })()`, 90);
      await sleep(3000);
      await picture(`ohif-${name}.png`);
      console.log(`${name}: the segmentation is shown (${coloured} coloured pixels), ohif-${name}.png`);
    } catch (failure) {
      await picture(`ohif-${name}-failed.png`);
      console.log(failure.message);
      status = 1;
    }
  }
} finally {
  browser.kill();
  server.close();
  server.closeAllConnections();
  await sleep(500);
  rmSync(profile, { recursive: true, force: true });
}
process.exit(status);
