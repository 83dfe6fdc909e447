// A pool on a plane: images that are alike near each other. A lasso selects, and so does a click on what a colour means.
import {html, nothing} from 'lit';
import {View, chip, colourOf} from './parts.js';
import {follow, may, poolPath} from './service.js';

const COLOURED = [['label', 'label'], ['state', 'state'], ['site', 'site'], ['suspicion', 'suspicion']];
const OTHERS = '#6e7781';
/** From what is usual to what is suspect. */
const SUSPICION = ['#c4ccd4', '#e6c3a5', '#e39b5c', '#cf5a2a', '#a3201b'];
const MARGIN = 14;
const SHOWN = 60;

class PoolMap extends View {
  static properties = {
    task: {}, pool: {}, rows: {attribute: false}, selected: {attribute: false}, found: {state: true}, suspects: {state: true},
    by: {state: true}, problem: {state: true}, wide: {state: true},
  };

  constructor() {
    super();
    this.by = 'label';
    this.rows = [];
    this.selected = new Set();
    this.resized = new ResizeObserver(() => { this.wide = this.querySelector('.plane')?.clientWidth; });
  }

  willUpdate(changed) {
    if (changed.has('task') || changed.has('pool')) this.load();
    if (changed.has('rows') || changed.has('found') || changed.has('by') || changed.has('suspects')) this.lay();
  }

  disconnectedCallback() {
    this.turn = null;
    this.resized.disconnect();
    super.disconnectedCallback();
  }

  async load(anew) {
    const turn = this.turn = {};
    this.found = this.suspects = null;
    this.points = [];
    this.problem = '';
    try {
      await follow(`${poolPath(this.task, this.pool)}/map`, {refresh: anew}, found => {
        if (turn !== this.turn) return false;
        this.found = found;
        return true;
      });
    } catch (problem) {
      if (turn === this.turn) this.problem = problem.message;
    }
  }

  async colour(by) {
    this.by = by;
    if (by !== 'suspicion' || this.suspects) return;
    const turn = this.turn;
    try {
      await follow(`${poolPath(this.task, this.pool)}/lists/suspects`, {limit: 1000}, found => {
        if (turn !== this.turn) return false;
        this.suspects = found;
        return true;
      });
    } catch (problem) {
      if (turn === this.turn) this.problem = problem.message;
    }
  }

  /** The points that the filters leave, with the meaning of their colours. */
  lay() {
    const rows = new Map(this.rows.map(row => [row.id, row]));
    const scores = new Map((this.suspects?.entries ?? []).map(entry => [entry.annotationId, entry.score]));
    const ranked = [...scores.values()].sort((a, b) => a - b);
    const value = row => {
      if (this.by !== 'suspicion') return row[this.by] ?? 'another site';
      const score = scores.get(row.id);
      if (score === undefined) return 'not judged';
      const rank = ranked.findIndex(other => other >= score) / Math.max(1, ranked.length - 1);
      return rank < 0.5 ? 'usual half' : rank < 0.8 ? 'next 30%' : rank < 0.9 ? 'next 10%' : 'first 10%';
    };
    const points = (this.found?.points ?? []).filter(point => rows.has(point.annotationId))
      .map(point => ({...point, row: rows.get(point.annotationId), value: value(rows.get(point.annotationId))}));
    const counts = new Map();
    for (const point of points) counts.set(point.value, (counts.get(point.value) ?? 0) + 1);
    const order = this.by === 'suspicion' ? ['first 10%', 'next 10%', 'next 30%', 'usual half', 'not judged'] : [...counts.keys()].sort();
    const colour = (name, i) => this.by === 'suspicion' ? [...SUSPICION].reverse()[i] : i < 8 ? colourOf(i) : OTHERS;
    this.legend = order.map((name, i) => ({name, colour: colour(name, i), count: counts.get(name) ?? 0})).filter(one => one.count);
    const colours = new Map(this.legend.map(one => [one.name, one.colour]));
    // What is rare, or suspect, is drawn last, over what is not.
    this.points = points.map(point => ({...point, colour: colours.get(point.value)}))
      .sort((a, b) => counts.get(b.value) - counts.get(a.value));
    if (this.by === 'suspicion') this.points.sort((a, b) => order.indexOf(b.value) - order.indexOf(a.value));
    this.fan();
  }

  /** Annotations of one image have one place: they stand around it, by label, so that each is seen and can be pressed. */
  fan() {
    const places = new Map();
    for (const point of this.points) {
      const place = `${point.x} ${point.y}`;
      if (!places.has(place)) places.set(place, []);
      places.get(place).push(point);
    }
    for (const together of places.values()) {
      if (together.length < 2) continue;
      together.sort((a, b) => a.row.label < b.row.label ? -1 : a.row.label > b.row.label ? 1 : a.annotationId - b.annotationId);
      together.forEach((point, i) => { point.turn = 2 * Math.PI * i / together.length - Math.PI / 2; });
    }
  }

  get radius() { return this.points.length > 2000 ? 2.5 : 4.5; }

  place(point) {
    const {width, height} = this.canvas;
    const size = Math.min(width, height) - 2 * MARGIN;
    const apart = point.turn === undefined ? 0 : this.radius;
    return [(width - size) / 2 + point.x * size + apart * Math.cos(point.turn ?? 0),
      (height - size) / 2 + point.y * size + apart * Math.sin(point.turn ?? 0)];
  }

  get canvas() { return this.querySelector('canvas'); }

  updated() {
    const plane = this.querySelector('.plane');
    if (!plane) return;
    if (plane !== this.observed) {
      this.observed = plane;
      this.resized.disconnect();
      this.resized.observe(plane);
    }
    const canvas = this.canvas;
    const width = Math.max(200, plane.clientWidth);
    if (canvas.width !== width) Object.assign(canvas, {width, height: Math.min(620, Math.max(320, Math.round(width * 0.66)))});
    this.paint();
  }

  paint() {
    const context = this.canvas.getContext('2d');
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const radius = this.radius;
    for (const point of this.points) {
      const [x, y] = this.place(point);
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.fillStyle = point.colour;
      context.fill();
      if (this.selected.has(point.annotationId)) {
        context.lineWidth = 2;
        context.strokeStyle = '#1b1f24';
        context.stroke();
      }
    }
    if (this.lasso?.length > 1) {
      context.beginPath();
      this.lasso.forEach(([x, y], i) => i ? context.lineTo(x, y) : context.moveTo(x, y));
      context.closePath();
      context.fillStyle = 'rgb(11 92 173 / 12%)';
      context.fill();
      context.lineWidth = 1.5;
      context.strokeStyle = '#0b5cad';
      context.stroke();
    }
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * this.canvas.width / box.width, (event.clientY - box.top) * this.canvas.height / box.height];
  }

  down(event) {
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.lasso = [this.at(event)];
  }

  move(event) {
    if (!this.lasso) return;
    this.lasso.push(this.at(event));
    this.paint();
  }

  /** A lasso selects what is inside, a click the nearest point; with shift they add to what was selected. */
  up(event) {
    if (!this.lasso) return;
    const lasso = this.lasso;
    this.lasso = null;
    const [[x0, y0]] = lasso;
    const drawn = lasso.some(([x, y]) => Math.hypot(x - x0, y - y0) > 5);
    const inside = drawn ? this.points.filter(point => isInside(this.place(point), lasso)) : this.nearest(x0, y0);
    this.choose(inside, event.shiftKey);
  }

  nearest(x, y) {
    let best = null;
    let least = 12;
    for (const point of this.points) {
      const [px, py] = this.place(point);
      const distance = Math.hypot(px - x, py - y);
      if (distance <= least) [best, least] = [point, distance];
    }
    return best ? [best] : [];
  }

  choose(points, adding) {
    const chosen = new Set(adding ? this.selected : []);
    for (const point of points) chosen.add(point.annotationId);
    this.dispatchEvent(new CustomEvent('chosen', {detail: chosen}));
  }

  renderProgress(look, what) {
    const running = look?.running;
    return running ? html`<p class="facts" aria-live="polite">${running.total > 1
      ? html`<progress aria-label=${what} max=${running.total} value=${running.done}></progress>` : nothing}
      ${what}: ${running.stage || 'waits for its turn'}${running.total > 1 ? `, ${running.done} of ${running.total}` : ''}.</p>` : nothing;
  }

  render() {
    const chosen = this.points.filter(point => this.selected.has(point.annotationId));
    return html`${this.renderProblem()}
      <div class="tools"><label>Colours by <select @change=${e => this.colour(e.target.value)}>${COLOURED
          .filter(([by]) => by !== 'suspicion' || may('review'))
          .map(([by, text]) => html`<option value=${by} ?selected=${by === this.by}>${text}</option>`)}</select></label>
        <div class="legend" role="group" aria-label="select by colour">${(this.legend ?? []).map(one => html`
          <button class="quiet small" @click=${e => this.choose(this.points.filter(point => point.value === one.name), e.shiftKey)}>
          <svg width="12" height="12" aria-hidden="true"><circle cx="6" cy="6" r="5" fill=${one.colour}></circle></svg>
          ${one.name} <span>${one.count}</span></button>`)}</div></div>
      ${this.renderProgress(this.found, 'The map')}${this.by === 'suspicion' ? this.renderProgress(this.suspects, 'Suspects') : nothing}
      <div class="plane"><canvas role="img" aria-label=${`map of ${this.points.length} annotations`}
        @pointerdown=${this.down} @pointermove=${this.move} @pointerup=${this.up}></canvas></div>
      <p class="facts">Images that are alike lie near each other; distances between what lies apart mean nothing. Draw around points to
        select them, or press a colour's name; shift adds.
        ${this.found?.computedAt ? html`${this.points.length} annotations, computed ${new Date(this.found.computedAt).toLocaleString()} of
          version ${this.found.poolVersion}. <button class="quiet small" @click=${() => this.load(true)}
            ?disabled=${Boolean(this.found.running)}>Compute again</button>` : nothing}</p>
      ${chosen.length ? html`<div class="strip" aria-label="selected">${chosen.slice(0, SHOWN).map(({row}) => html`
        <button class="support" aria-label=${`enlarge ${row.image}`}
          @click=${() => this.dispatchEvent(new CustomEvent('enlarged', {detail: row}))}>
          <p-thumb .annotation=${row.id} .name=${row.image}></p-thumb><span class="name">${row.image}</span>
          <span>${row.label} ${chip(row.state)}</span></button>`)}</div>
        ${chosen.length > SHOWN ? html`<p class="facts">and ${chosen.length - SHOWN} more.</p>` : nothing}` : nothing}`;
  }
}
customElements.define('p-map', PoolMap);

/** Whether a place lies inside a closed line: a ray from it crosses the line an odd number of times. */
function isInside([x, y], line) {
  let inside = false;
  for (let i = 0, j = line.length - 1; i < line.length; j = i++) {
    const [xi, yi] = line[i];
    const [xj, yj] = line[j];
    if (yi > y !== yj > y && x < (xj - xi) * (y - yi) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}
