// Pool: everything that a pool holds as a grid, by facets, and what deserves a look as lists.
import {html, nothing} from 'lit';
import {View, chip, day, tell} from './parts.js';
import {address, get, poolPath, post, review} from './service.js';

const LISTS = [
  ['', 'All'], ['suspects', 'Suspects'], ['duplicates', 'Duplicates'], ['outliers', 'Outliers'],
  ['worth', 'Worth'], ['gaps', 'Gaps'], ['next', 'Next'],
];
const EXPLAINED = {
  suspects: 'Masks that are probably wrong, worst first.',
  duplicates: 'Pictures that the pool holds twice: the same pixels, or nearly.',
  outliers: 'Images unlike the others of the pool.',
  worth: 'Annotations by the harm that they do to answers, worst first.',
  gaps: 'What is missing: queries that found nothing near, labels and sites with few examples.',
  next: 'Which recorded queries to annotate next; as many are drawn at random beside them.',
};
const STATES = [['approved', 'Approve', 'a'], ['rejected', 'Reject', 'r'], ['retired', 'Retire', 't'], ['unreviewed', 'Unreviewed', '']];
const FACETS = ['label', 'state', 'site', 'author', 'modality'];
const MOST = 10000;
const TILE = 148;
const TALL = 176;

class Pool extends View {
  static properties = {
    task: {}, pool: {}, rows: {state: true}, facets: {state: true}, filter: {state: true}, list: {state: true},
    entries: {state: true}, selected: {state: true}, problem: {state: true}, top: {state: true}, at: {state: true},
    more: {state: true}, seconds: {state: true}, large: {state: true}, would: {state: true}, wide: {state: true},
  };

  constructor() {
    super();
    this.filter = {};
    this.list = '';
    this.reset();
    this.resized = new ResizeObserver(() => { this.wide = this.querySelector('.grid')?.clientWidth ?? this.wide; });
  }

  reset() {
    this.rows = [];
    this.entries = null;
    this.selected = new Set();
    this.top = 0;
    this.at = 0;
    this.would = null;
    this.large = null;
  }

  willUpdate(changed) {
    if (changed.has('task') || changed.has('pool')) {
      this.filter = {};
      this.list = '';
      this.load();
    }
  }

  disconnectedCallback() {
    this.turn = null;
    clearInterval(this.clock);
    this.resized.disconnect();
    super.disconnectedCallback();
  }

  query(rest = {}) {
    return {task: this.task, pool: this.pool, ...this.filter, ...rest};
  }

  /** The facets of the selection, and its rows page by page, up to ten thousand. */
  async load() {
    const turn = this.turn = {};
    this.reset();
    await this.attempt(async () => {
      this.facets = await get(address('/v1/curation/facets', this.query()));
      let after;
      do {
        const page = await get(address('/v1/curation/annotations', this.query({after, limit: 1000})));
        if (turn !== this.turn) return;
        this.rows = [...this.rows, ...page.rows];
        after = page.next;
        this.more = Boolean(after);
      } while (after && this.rows.length < MOST);
    });
  }

  async open(list) {
    this.list = list;
    this.entries = null;
    this.selected = new Set();
    if (!list) return;
    const turn = this.turn = {};
    const began = performance.now();
    this.seconds = 0;
    clearInterval(this.clock);
    this.clock = setInterval(() => { this.seconds = (performance.now() - began) / 1000; }, 500);
    const found = await this.attempt(() =>
      get(address(`${poolPath(this.task, this.pool)}/lists/${list}`, {label: this.filter.label, limit: 200})));
    clearInterval(this.clock);
    if (turn === this.turn && found) this.entries = found;
  }

  narrow(facet, value) {
    const next = {...this.filter};
    if (next[facet] === value || value === '') delete next[facet];
    else next[facet] = value;
    this.filter = next;
    this.list = '';
    this.load();
  }

  toggle(id, event) {
    const next = new Set(this.selected);
    const index = this.rows.findIndex(row => row.id === id);
    if (event?.shiftKey && this.anchor !== undefined && index >= 0) {
      for (let i = Math.min(index, this.anchor); i <= Math.max(index, this.anchor); i++) next.add(this.rows[i].id);
    } else {
      next.has(id) ? next.delete(id) : next.add(id);
      this.anchor = index;
    }
    this.selected = next;
  }

  reason() { return this.querySelector('#why')?.value || ''; }

  async bring(to) {
    const ids = [...this.selected];
    if (ids.length === 0) return;
    const done = await this.attempt(() => review(ids, to, this.reason() || `${to} on the page`));
    if (done) this.done(done, to);
  }

  done(done, to) {
    const changed = new Set(done.changed);
    tell(`${done.changed.length} annotation${done.changed.length === 1 ? ' is' : 's are'} ${to}${
      done.unchanged ? `, ${done.unchanged} were before` : ''}.`, done.action, () => this.refresh());
    this.rows = this.rows.map(row => changed.has(row.id) ? {...row, state: to} : row);
    this.selected = new Set();
    this.would = null;
    this.large = null;
    get(address('/v1/curation/facets', this.query())).then(facets => { this.facets = facets; }).catch(() => {});
  }

  refresh() {
    const list = this.list;
    this.load();
    this.list = list;
    if (list) this.open(list);
  }

  selection(to, dryRun) {
    return post('/v1/curation/reviews/selection',
      {...this.query(), to, dryRun, reason: this.reason() || `${to} on the page, all of a selection`});
  }

  async wouldBring(to) {
    if (!to) return;
    const would = await this.attempt(() => this.selection(to, true));
    if (would) this.would = {to, count: would.changed.length, unchanged: would.unchanged};
  }

  async bringAll() {
    const {to} = this.would;
    const done = await this.attempt(() => this.selection(to, false));
    if (done) this.done(done, to);
  }

  get columns() { return Math.max(1, Math.floor((this.wide || 800) / TILE)); }

  key(event) {
    const step = {ArrowRight: 1, ArrowLeft: -1, ArrowDown: this.columns, ArrowUp: -this.columns}[event.key];
    if (step) {
      event.preventDefault();
      this.at = Math.min(this.rows.length - 1, Math.max(0, this.at + step));
      const grid = this.querySelector('.grid');
      const y = Math.floor(this.at / this.columns) * TALL;
      if (y < grid.scrollTop) grid.scrollTop = y;
      if (y + TALL > grid.scrollTop + grid.clientHeight) grid.scrollTop = y + TALL - grid.clientHeight;
    } else if (event.key === ' ') {
      event.preventDefault();
      if (this.rows[this.at]) this.toggle(this.rows[this.at].id);
    } else if (event.key === 'Enter' && this.rows[this.at]) {
      this.large = this.rows[this.at];
    } else if (event.key === 'Escape') {
      this.large = null;
    } else {
      const state = STATES.find(([, , key]) => key && key === event.key);
      if (state && this.selected.size) this.bring(state[0]);
    }
  }

  updated(changed) {
    const grid = this.querySelector('.grid');
    if (!grid) return;
    if (grid !== this.observed) {
      this.observed = grid;
      this.resized.disconnect();
      this.resized.observe(grid);
    }
    const rows = Math.ceil(this.rows.length / this.columns);
    grid.firstElementChild.style.height = `${rows * TALL}px`;
    for (const tile of grid.querySelectorAll('.tile')) {
      const index = Number(tile.dataset.index);
      tile.style.transform = `translate(${index % this.columns * TILE}px, ${Math.floor(index / this.columns) * TALL}px)`;
    }
    if (changed.has('large') && this.large) this.querySelector('.overlay')?.focus();
  }

  renderFacets() {
    return html`<aside class="card facets" aria-label="facets">
      <label>Name contains <input type="search" .value=${this.filter.text ?? ''}
        @change=${e => this.narrow('text', e.target.value)}></label>
      <label>Made since <input type="date" .value=${this.filter.since ?? ''}
        @change=${e => this.narrow('since', e.target.value)}></label>
      ${FACETS.map(facet => {
        const counts = (this.facets ?? []).filter(count => count.facet === facet);
        return counts.length ? html`<fieldset><legend>${facet}</legend>${counts.map(count => html`
          <button class="facet" aria-pressed=${this.filter[facet] === count.value}
            @click=${() => this.narrow(facet, count.value)}><span>${count.value}</span>
            <span>${count.annotations}</span></button>`)}</fieldset>` : nothing;
      })}</aside>`;
  }

  renderBulk() {
    return html`<div class="bulk" role="group" aria-label="review the selected">
      <strong>${this.selected.size} selected</strong>
      <label>Why <input id="why" maxlength="200" placeholder="kept with it"></label>
      ${STATES.map(([state, text, key]) => html`<button class=${state === 'rejected' ? 'danger' : ''}
        ?disabled=${this.selected.size === 0 || this.busy} title=${key ? `key ${key}` : ''}
        @click=${() => this.bring(state)}>${text}</button>`)}
      ${this.list ? nothing : html`<label>All that match <select @change=${e => { this.wouldBring(e.target.value); e.target.value = ''; }}>
        <option value="">…</option>${STATES.map(([state, text]) => html`<option value=${state}>${text}</option>`)}</select></label>`}
      ${this.would ? html`<span class="warning">${this.would.count} would be ${this.would.to}, ${this.would.unchanged} are already.
        <button @click=${this.bringAll} ?disabled=${this.would.count === 0}>Do it</button>
        <button class="quiet" @click=${() => { this.would = null; }}>Do not</button></span>` : nothing}
    </div>`;
  }

  renderGrid() {
    if (this.rows.length === 0)
      return html`<p class="facts">${this.busy ? 'Looking…' : this.problem ? '' : 'Nothing passes these filters.'}</p>`;
    const height = 640;
    const first = Math.max(0, Math.floor(this.top / TALL) - 1) * this.columns;
    const last = Math.min(this.rows.length, (Math.ceil((this.top + height) / TALL) + 1) * this.columns);
    return html`<p class="facts">${this.rows.length}${this.more ? ' or more' : ''} annotations. Arrows move, space selects, Enter enlarges,
        a, r and t review what is selected.</p>
      <div class="grid" tabindex="0" role="grid" aria-label="annotations" @keydown=${this.key}
        @scroll=${e => { this.top = e.target.scrollTop; }}>
        <div class="sheet">${this.rows.slice(first, last).map((row, i) => html`
          <div class="tile ${row.state} ${this.selected.has(row.id) ? 'selected' : ''} ${first + i === this.at ? 'at' : ''}"
            data-index=${first + i} role="gridcell" aria-selected=${this.selected.has(row.id)}
            @click=${e => { this.at = first + i; this.toggle(row.id, e); }} @dblclick=${() => { this.large = row; }}>
            <p-thumb .annotation=${row.id} .name=${`${row.image}, ${row.label}`}></p-thumb>
            <span class="name" title=${row.image}>${row.image}</span>
            <span>${row.label} ${chip(row.state)}</span></div>`)}</div></div>`;
  }

  renderList() {
    if (!this.entries)
      return html`<p class="facts">${EXPLAINED[this.list]} ${this.busy
        ? `Looking at the pool, ${(this.seconds ?? 0).toFixed(0)} s; suspects and worth take some tenths of a second an image.` : ''}</p>`;
    const byImage = new Map(this.rows.map(row => [row.imageId, row.id]));
    const states = new Map(this.rows.map(row => [row.id, row.state]));
    return html`<p class="facts">${EXPLAINED[this.list]} ${this.entries.length} entries.</p>
      <table class="list"><thead><tr><th></th><th></th><th>Score</th><th>Image</th><th>Label</th><th>Why</th></tr></thead>
      <tbody>${this.entries.map(entry => {
        const id = entry.annotationId ?? byImage.get(entry.imageId);
        return html`<tr><td>${id ? html`<input type="checkbox" aria-label="select ${entry.image}" .checked=${this.selected.has(id)}
            @change=${() => this.toggle(id)}>` : nothing}</td>
          <td>${id ? html`<p-thumb .annotation=${id} .name=${entry.image ?? ''}></p-thumb>` : nothing}
            ${entry.otherId && byImage.get(entry.otherId)
              ? html`<p-thumb .annotation=${byImage.get(entry.otherId)} .name=${entry.other ?? ''}></p-thumb>` : nothing}</td>
          <td>${entry.score.toFixed(3)}</td><td>${entry.image ?? ''}${entry.other ? html`<br>and ${entry.other}` : nothing}</td>
          <td>${entry.label ?? ''} ${states.has(id) ? chip(states.get(id)) : nothing}</td><td>${entry.reason}</td></tr>`;
      })}</tbody></table>`;
  }

  renderLarge() {
    const row = this.large;
    if (!row) return nothing;
    return html`<div class="overlay" role="dialog" aria-label=${row.image} tabindex="-1"
      @keydown=${e => { if (e.key === 'Escape') { this.large = null; this.querySelector('.grid')?.focus(); } }}>
      <div class="card"><h3>${row.image} <small>${row.label}</small> ${chip(row.state)}</h3>
      <img alt="${row.image} with its mask" src="/v1/annotations/${row.id}/overlay.png">
      <p class="facts">Annotation ${row.id}, version ${row.version}, ${row.area} pixels, ${row.site ?? 'another site'}, ${row.modality},
        by ${row.author ?? 'somebody there'}, ${day(row.createdAt)}.
        ${row.fromAnswer ? html`<a href="#/answer/${row.fromAnswer}">The answer that it came from</a>` : nothing}</p>
      <button class="quiet" @click=${() => { this.large = null; }}>Close</button></div></div>`;
  }

  render() {
    return html`<h2 class="title">${this.task} / ${this.pool}</h2>
      <div class="tabs" role="tablist">${LISTS.map(([list, text]) => html`<button role="tab"
        aria-selected=${this.list === list} @click=${() => this.open(list)}>${text}</button>`)}</div>
      ${this.renderProblem()}
      <div class="columns pool">${this.renderFacets()}<section class="card">${this.renderBulk()}
        ${this.list ? this.renderList() : this.renderGrid()}</section></div>${this.renderLarge()}`;
  }
}
customElements.define('p-pool', Pool);
