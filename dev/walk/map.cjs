// Times the map of a pool of many annotations in Chromium, on the page of a running service whose pool holds at least one.
//   NODE_PATH=.../node_modules node dev/walk/map.cjs URL TOKEN TASK [POINTS [OUT.png]]
// Rows and places are seeded and stand in for the service's answers, so that only the page is timed. Prints a line of JSON: milliseconds from the
// click to the first and to all points, of a colour, of a lasso around half of them, and of one painting.
const {chromium} = require('playwright-core');

const [url, token, task, points = '10000', out] = process.argv.slice(2);
const MANY = Number(points);

(async () => {
  const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox']});
  const page = await browser.newPage({viewport: {width: 1280, height: 900}});
  let state = 1;
  const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const places = Array.from({length: MANY}, (_, i) => ({
    annotationId: 1e6 + i, imageId: `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`, label: `label ${i % 5}`, x: random(), y: random(),
  }));
  let one;
  await page.route('**/v1/curation/annotations?*', async route => {
    const asked = new URL(route.request().url()).searchParams;
    one ??= (await (await route.fetch()).json()).rows[0];
    const from = Number(asked.get('after') ?? 0);
    const limit = Number(asked.get('limit'));
    const rows = places.slice(from, from + limit).map((place, i) => ({
      ...one, id: place.annotationId, imageId: place.imageId, image: `image ${from + i}.png`, label: place.label, site: `site ${i % 3}`,
    }));
    await route.fulfill({json: {rows, next: from + limit < MANY ? String(from + limit) : null}});
  });
  await page.route('**/pools/default/map?*', route => route.fulfill({
    json: {points: places, computedAt: new Date(0).toISOString(), poolVersion: 1, running: null},
  }));
  await page.goto(`${url}/?token=${token}`);
  await page.waitForSelector('p-ask form');
  const count = wanted => page.waitForFunction(least => (document.querySelector('p-map')?.points?.length ?? 0) >= least, wanted, {timeout: 120000});
  const time = async work => {
    const began = performance.now();
    await work();
    return Math.round(performance.now() - began);
  };

  const began = performance.now();
  await page.evaluate(to => { location.hash = to; }, `#/pool/${encodeURIComponent(task)}/default/map`);
  await count(1);
  const first = Math.round(performance.now() - began);
  await count(MANY);
  const all = Math.round(performance.now() - began);
  const colour = await time(async () => {
    await page.selectOption('p-map select', {label: 'site'});
    await page.waitForFunction(() => document.querySelector('p-map .legend').innerText.includes('site 0'));
  });
  const box = await page.locator('p-map canvas').boundingBox();
  const lasso = await time(async () => {
    await page.mouse.move(box.x, box.y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y, {steps: 10});
    await page.mouse.move(box.x + box.width / 2, box.y + box.height, {steps: 10});
    await page.mouse.move(box.x, box.y + box.height, {steps: 10});
    await page.mouse.up();
    await page.waitForFunction(() => document.querySelector('p-map').selected.size > 0);
  });
  const painted = await page.evaluate(() => {
    const map = document.querySelector('p-map');
    const from = performance.now();
    for (let i = 0; i < 10; i++) {
      map.paint();
      map.canvas.getContext('2d').getImageData(0, 0, 1, 1);
    }
    return {paint: Math.round((performance.now() - from) / 10), selected: map.selected.size};
  });
  if (out) await page.screenshot({path: out});
  console.log(JSON.stringify({points: MANY, first, all, colour, lasso, ...painted}));
  await browser.close();
})();
