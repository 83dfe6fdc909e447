// One image with masks over it: window, zoom, opacity, labels, probabilities, and a brush.
import {html, nothing} from 'lit';
import {View} from './parts.js';
import {picture} from './service.js';

const MOST_UNDONE = 30;

class Viewer extends View {
  /**
   * image: address; layers: [{label, colour, mask, probabilities}]; brush: the label that is drawn, or null;
   * against: labels of two layers whose difference can be shown, or null; difference: whether it is shown.
   */
  static properties = {
    image: {}, layers: {attribute: false}, brush: {}, name: {}, against: {attribute: false}, difference: {type: Boolean},
    opacity: {state: true}, bright: {state: true}, contrast: {state: true}, zoom: {state: true},
    view: {state: true}, radius: {state: true}, erase: {state: true}, problem: {state: true},
  };

  constructor() {
    super();
    this.layers = [];
    this.opacity = 0.35;
    this.bright = 100;
    this.contrast = 100;
    this.zoom = 1;
    this.view = 'mask';
    this.hidden_ = new Set();
    this.radius = 6;
    this.erase = false;
    this.strokes = [];
  }

  willUpdate(changed) {
    if (changed.has('image') || changed.has('layers')) this.load(changed.has('image'));
  }

  /** Whatever was shown before goes at once; what comes late for an older image is dropped. */
  async load(anew = true) {
    const turn = this.turn = {};
    const before = anew ? null : this.picture;
    this.picture = before;
    this.masks = new Map();
    this.strokes = [];
    this.problem = '';
    this.paint();
    if (!this.image) return;
    try {
      const [shown, ...masks] = await Promise.all([
        before ?? picture(this.image),
        ...this.layers.map(layer => layer.mask ? picture(layer.mask) : null),
      ]);
      if (turn !== this.turn) return;
      this.picture = shown;
      this.layers.forEach((layer, i) => this.masks.set(layer.label, {
        colour: layer.colour, inside: masks[i] ? channel(masks[i]) : new Uint8Array(shown.width * shown.height),
      }));
      await this.loadProbabilities(turn);
      this.paint();
      this.dispatchEvent(new Event('shown'));
    } catch (problem) {
      if (turn === this.turn) this.problem = problem.message;
    }
  }

  async loadProbabilities(turn = this.turn) {
    if (this.view !== 'probability') return;
    for (const layer of this.layers) {
      const mask = this.masks.get(layer.label);
      if (layer.probabilities && mask && !mask.probabilities) {
        const read = channel(await picture(layer.probabilities));
        if (turn !== this.turn) return;
        mask.probabilities = read;
      }
    }
  }

  updated() { this.paint(); }

  paint() {
    const canvas = this.querySelector('canvas');
    if (!canvas) return;
    const shown = this.picture;
    canvas.classList.toggle('empty', !shown);
    if (!shown) {
      canvas.getContext('2d', {willReadFrequently: true}).clearRect(0, 0, canvas.width, canvas.height);
      return;
    }
    const {width, height} = shown;
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, {width, height});
    const room = this.querySelector('.stage');
    const fit = Math.min((room.clientWidth - 2) / width, 620 / height);
    canvas.style.width = `${Math.max(1, Math.round(width * fit * this.zoom))}px`;
    canvas.style.height = `${Math.max(1, Math.round(height * fit * this.zoom))}px`;
    const context = canvas.getContext('2d', {willReadFrequently: true});
    context.filter = `brightness(${this.bright}%) contrast(${this.contrast}%)`;
    context.drawImage(shown, 0, 0);
    context.filter = 'none';
    const pixels = context.getImageData(0, 0, width, height);
    const [one, other] = (this.against ?? []).map(label => this.masks.get(label));
    if (this.difference && one && other) contrast(pixels.data, one, other);
    else for (const [label, mask] of this.masks)
      if (!this.hidden_.has(label) && this.view !== 'none')
        lay(pixels.data, width, height, mask, this.view === 'probability' && mask.probabilities, this.opacity);
    context.putImageData(pixels, 0, 0);
  }

  toggle(label) {
    this.hidden_.has(label) ? this.hidden_.delete(label) : this.hidden_.add(label);
    this.requestUpdate();
  }

  place(event) {
    const box = event.currentTarget.getBoundingClientRect();
    return {
      x: Math.floor((event.clientX - box.left) / box.width * this.picture.width),
      y: Math.floor((event.clientY - box.top) / box.height * this.picture.height),
    };
  }

  down(event) {
    if (!this.picture) return;
    const at = this.place(event);
    if (!this.brush) {
      this.dispatchEvent(new CustomEvent('pixel', {detail: at}));
      return;
    }
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    this.strokes.push({label: this.brush, before: this.masks.get(this.brush).inside.slice()});
    if (this.strokes.length > MOST_UNDONE) this.strokes.shift();
    this.last = at;
    this.dab(at);
  }

  move(event) {
    if (!this.brush || !this.last || event.buttons === 0) return;
    const to = this.place(event);
    const steps = Math.max(1, Math.ceil(Math.hypot(to.x - this.last.x, to.y - this.last.y) / Math.max(1, this.radius / 2)));
    for (let i = 1; i <= steps; i++)
      this.dab({x: this.last.x + (to.x - this.last.x) * i / steps, y: this.last.y + (to.y - this.last.y) * i / steps});
    this.last = to;
  }

  up() {
    if (this.last) this.dispatchEvent(new Event('drawn'));
    this.last = null;
  }

  dab({x, y}) {
    const {width, height} = this.picture;
    const inside = this.masks.get(this.brush).inside;
    const r = this.radius;
    for (let v = Math.max(0, Math.floor(y - r)); v <= Math.min(height - 1, y + r); v++)
      for (let u = Math.max(0, Math.floor(x - r)); u <= Math.min(width - 1, x + r); u++)
        if ((u - x) ** 2 + (v - y) ** 2 <= r * r) inside[v * width + u] = this.erase ? 0 : 255;
    this.paint();
  }

  undoStroke() {
    const stroke = this.strokes.pop();
    if (stroke) this.masks.get(stroke.label).inside = stroke.before;
    this.paint();
    this.dispatchEvent(new Event('drawn'));
  }

  /** The mask of a label as a PNG file, as it is drawn now. */
  async file(label) {
    const {width, height} = this.picture;
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext('2d');
    const pixels = context.createImageData(width, height);
    const inside = this.masks.get(label).inside;
    for (let i = 0; i < inside.length; i++) {
      pixels.data.fill(inside[i] ? 255 : 0, 4 * i, 4 * i + 3);
      pixels.data[4 * i + 3] = 255;
    }
    context.putImageData(pixels, 0, 0);
    return canvas.convertToBlob({type: 'image/png'});
  }

  changed(label) { return this.strokes.some(stroke => stroke.label === label); }

  render() {
    const slide = (name, text, min, max, step) => html`<label>${text}
      <input type="range" min=${min} max=${max} step=${step} .value=${String(this[name])}
        @input=${event => { this[name] = Number(event.target.value); }}></label>`;
    return html`
      <div class="stage"><canvas tabindex="0" class=${this.brush ? 'drawing' : ''} role="img"
        aria-label=${this.name ?? 'image with masks'}
        @pointerdown=${this.down} @pointermove=${this.move} @pointerup=${this.up}></canvas></div>
      ${this.renderProblem()}
      <div class="tools">
        ${this.layers.map(layer => html`<label class="toggle"><input type="checkbox"
          .checked=${!this.hidden_.has(layer.label)} @change=${() => this.toggle(layer.label)}>
          <svg width="12" height="12" aria-hidden="true"><rect width="12" height="12" fill=${layer.colour}></rect></svg>
          ${layer.label}</label>`)}
        ${slide('opacity', 'Opacity', 0, 1, 0.05)}
        ${slide('zoom', 'Zoom', 1, 8, 0.25)}
        ${slide('bright', 'Brightness', 30, 250, 5)}
        ${slide('contrast', 'Contrast', 30, 250, 5)}
        ${this.layers.some(layer => layer.probabilities) ? html`<label>Shows
          <select @change=${async event => {
            this.view = event.target.value;
            await this.loadProbabilities().catch(problem => { this.problem = problem.message; });
            this.paint();
          }}><option value="mask">masks</option><option value="probability">probabilities</option>
          <option value="none">image alone</option></select></label>` : nothing}
      </div>
      ${this.brush ? html`<div class="tools brush">
        ${slide('radius', `Brush ${this.radius} px`, 1, 40, 1)}
        <label class="toggle"><input type="checkbox" .checked=${this.erase}
          @change=${event => { this.erase = event.target.checked; }}> erase</label>
        <button type="button" class="quiet" @click=${this.undoStroke}>Undo stroke</button></div>` : nothing}`;
  }
}
customElements.define('p-viewer', Viewer);

/** The first channel of a picture. */
function channel(bitmap) {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d', {willReadFrequently: true});
  context.drawImage(bitmap, 0, 0);
  const {data} = context.getImageData(0, 0, bitmap.width, bitmap.height);
  const values = new Uint8Array(bitmap.width * bitmap.height);
  for (let i = 0; i < values.length; i++) values[i] = data[4 * i];
  return values;
}

/** Where only one of two masks is, in its colour; where both are, nothing. */
function contrast(data, one, other) {
  for (const [mask, without] of [[one, other], [other, one]]) {
    const colour = rgb(mask.colour);
    for (let i = 0; i < mask.inside.length; i++)
      if (mask.inside[i] && !without.inside[i])
        for (let c = 0; c < 3; c++) data[4 * i + c] = 0.2 * data[4 * i + c] + 0.8 * colour[c];
  }
}

const rgb = colour => [1, 3, 5].map(i => parseInt(colour.slice(i, i + 2), 16));

/** Lays a mask, or probabilities, over pixels; the edge of a mask is opaque. */
function lay(data, width, height, mask, probabilities, opacity) {
  const colour = rgb(mask.colour);
  const inside = mask.inside;
  for (let i = 0; i < inside.length; i++) {
    let share = probabilities ? probabilities[i] / 255 * Math.max(opacity, 0.5) : 0;
    if (!probabilities) {
      if (!inside[i]) continue;
      const x = i % width;
      const edge = x === 0 || x === width - 1 || i < width || i >= inside.length - width
        || !inside[i - 1] || !inside[i + 1] || !inside[i - width] || !inside[i + width];
      share = edge ? 1 : opacity;
    }
    for (let c = 0; c < 3; c++) data[4 * i + c] = (1 - share) * data[4 * i + c] + share * colour[c];
  }
}
