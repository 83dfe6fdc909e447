// Walks through docs/first-morning.md on the page of a running service, as its reader would, and takes a picture of every step.
//   NODE_PATH=.../node_modules node dev/walk/walk.cjs URL TOKEN TASK PLANTED OUT
// PLANTED is the planted.json of plant.cjs: it stands for the reader's eyes, which tell a wrong mask from a right one. The pictures
// show images of the dataset, so they belong into no repository. Prints a line of JSON: what was found, what was not, seconds.
const fs = require('node:fs');
const path = require('node:path');
const {chromium} = require('playwright-core');

const [url, token, task, plantedFile, out] = process.argv.slice(2);
const planted = JSON.parse(fs.readFileSync(plantedFile));
const LOOKED_AT = 40;

(async () => {
  fs.mkdirSync(out, {recursive: true});
  const browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox']});
  const page = await browser.newPage({viewport: {width: 1280, height: 900}});
  const complaints = [];
  page.on('pageerror', error => complaints.push(String(error)));
  let step = 0;
  const picture = async name => page.screenshot({path: path.join(out, `${String(++step).padStart(2, '0')}-${name}.png`)});
  const go = async (hash, sign) => {
    await page.evaluate(to => { location.hash = to; }, hash);
    await page.waitForSelector(sign, {timeout: 900000});
  };
  const pool = `${encodeURIComponent(task)}/default`;
  const began = Date.now();

  await page.goto(`${url}/?token=${token}`);
  await page.waitForSelector('p-ask form');
  await go(`#/pool/${pool}`, '.tile img');
  await page.waitForTimeout(1500);
  await picture('pool');
  await go(`#/pool/${pool}/map`, '.legend button');
  await page.waitForTimeout(500);
  await picture('map');

  await page.evaluate(to => { location.hash = to; }, `#/pool/${pool}/suspects`);
  await page.waitForTimeout(3000);
  await picture('suspects-computed');
  await page.waitForSelector('table.list tbody tr', {timeout: 900000});
  const computed = (Date.now() - began) / 1000;
  await page.waitForTimeout(1500);
  await picture('suspects');

  await go(`#/review/${pool}/suspects`, 'p-review canvas:not(.empty)');
  const found = {};
  await page.keyboard.press('l');
  for (let looked = 0; looked < LOOKED_AT; looked++) {
    await page.waitForFunction(() => {
      const review = document.querySelector('p-review');
      return review.left?.of === review.row?.id && (review.left.mask || review.left.refused)
        && document.querySelector('p-review p-viewer').masks.size === (review.left.mask ? 2 : 1);
    });
    const [name, dice] = await page.evaluate(() => {
      const review = document.querySelector('p-review');
      return [review.row.image, review.left.dice];
    });
    if (looked < 3) await picture(`review-${looked + 1}`);
    if (name in planted) {
      if (looked === 0) {
        await page.keyboard.press('d');
        await page.waitForTimeout(300);
        await picture('difference');
        await page.keyboard.press('d');
      }
      found[name] = {place: looked + 1, kind: planted[name], dice};
      await page.keyboard.press('t');
      await page.waitForFunction(before => document.querySelector('p-review').row?.image !== before, name);
      if (looked < 3) await picture('taken');
    } else {
      await page.keyboard.press('n');
    }
  }
  await go(`#/versions/${pool}`, 'p-versions tbody tr');
  await picture('versions');
  await go('#/audit', 'p-audit tbody tr');
  await picture('audit');
  console.log(JSON.stringify({
    found: Object.keys(found).length, missed: Object.keys(planted).filter(name => !(name in found)).map(name => [name, planted[name]]),
    secondsForTheList: Math.round(computed), seconds: Math.round((Date.now() - began) / 1000), complaints, of: found,
  }));
  await browser.close();
})();
