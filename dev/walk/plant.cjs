// Copies a dataset with faults planted into some of its masks, for the walk of docs/first-morning.md.
//   NODE_PATH=.../node_modules node dev/walk/plant.cjs IMAGES MASKS OUT [FAULTS [SEED]]
// The label's masks, MASKS, have the names of the images. What was planted is in OUT/planted.json, for whoever checks the walk.
const fs = require('node:fs');
const path = require('node:path');
const {PNG} = require('pngjs');

const [images, masks, out, faults = '15', seed = '1'] = process.argv.slice(2);
let state = Number(seed) * 2654435761 >>> 0;
const random = most => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor(state / 2 ** 32 * most);
};

const label = path.basename(masks);
const names = fs.readdirSync(images).filter(name => name.endsWith('.png')).sort();
fs.mkdirSync(path.join(out, 'images'), {recursive: true});
fs.mkdirSync(path.join(out, 'masks', label), {recursive: true});
for (const name of names) {
  fs.copyFileSync(path.join(images, name), path.join(out, 'images', name));
  fs.copyFileSync(path.join(masks, name), path.join(out, 'masks', label, name));
}

const read = name => PNG.sync.read(fs.readFileSync(path.join(masks, name)));
const inside = png => Array.from({length: png.width * png.height}, (_, i) => png.data[4 * i] > 127);

/** Every kind of fault: from what is inside to what is then. */
const KINDS = {
  shifted: (mask, width) => mask.map((_, i) => i % width >= width >> 2 && mask[i - (width >> 2)]),
  'half missing': (mask, width) => {
    const columns = mask.flatMap((one, i) => one ? [i % width] : []);
    const middle = (Math.min(...columns) + Math.max(...columns)) / 2;
    return mask.map((one, i) => one && i % width < middle);
  },
  inverted: mask => mask.map(one => !one),
  "another image's": (mask, width, name) => {
    let other = name;
    while (other === name) other = names[random(names.length)];
    return inside(read(other));
  },
  'grown over everything': (mask, width) => mask.map((_, i) => {
    const x = i % width;
    const y = Math.floor(i / width);
    const height = mask.length / width;
    return x > width / 10 && x < width * 0.9 && y > height / 10 && y < height * 0.9;
  }),
};

const planted = {};
while (Object.keys(planted).length < Number(faults)) {
  const name = names[random(names.length)];
  if (planted[name]) continue;
  const kind = Object.keys(KINDS)[Object.keys(planted).length % Object.keys(KINDS).length];
  const png = read(name);
  KINDS[kind](inside(png), png.width, name).forEach((one, i) => png.data.fill(one ? 255 : 0, 4 * i, 4 * i + 3));
  fs.writeFileSync(path.join(out, 'masks', label, name), PNG.sync.write(png));
  planted[name] = kind;
}
fs.writeFileSync(path.join(out, 'planted.json'), JSON.stringify(planted, null, 1));
console.log(`${names.length} images, ${Object.keys(planted).length} faults planted in ${path.join(out, 'masks', label)}`);
