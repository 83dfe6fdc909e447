// Pool: everything that a pool holds as a grid, by facets, and what deserves a look as lists.
import {html, nothing} from 'lit';
import './map.js';
import {View, chip, day, tell} from './parts.js';
import {address, follow, get, may, poolPath, post, review} from './service.js';

/** What a pool can be looked at as, in its address; lists are for those who may review. */
const TABS = [
  ['', 'All'], ['map', 'Map'], ['suspects', 'Suspects'], ['duplicates', 'Duplicates'], ['outliers', 'Outliers'],
  ['worth', 'Worth'], ['gaps', 'Gaps'], ['next', 'Next'],
];
const NO_LIST = ['', 'map', 'similar'];
const EXPLAINED = {
  suspects: 'Masks that are probably wrong, worst first.',
  duplicates: 'Pictures that the pool holds twice: the same pixels, or nearly.',
  outliers: 'Images unlike the others of the pool.',
  worth: 'Annotations by the harm that they do to answers, worst first.',
  gaps: 'What is missing: queries that found nothing near, labels and sites with few examples.',
  next: 'Which recorded queries to annotate next: some drawn at random, then as many chosen as hard and far; choosing gained on one of four sets.',
};
const STATES = [['approved', 'Approve', 'a'], ['rejected', 'Reject', 'r'], ['retired', 'Retire', 't'], ['unreviewed', 'Unreviewed', '']];
const FACETS = ['label', 'state', 'site', 'author', 'modality'];
const MOST = 10000;
const TILE = 148;
const TALL = 176;

class Pool extends View {
  static properties = {
    task: {}, pool: {}, tab: {}, subject: {type: Number}, rows: {state: true}, facets: {state: true}, filter: {state: true},
    entries: {state: true}, found: {state: true}, near: {state: true}, selected: {state: true}, problem: {state: true}, top: {state: true}, at: {state: true},
    more: {state: true}, large: {state: true}, would: {state: true}, wide: {state: true},
  };

  constructor() {
    super();
    this.filter = {};
    this.tab = '';
    this.subject = 0;
    this.reset();
    this.resized = new ResizeObserver(() => { this.wide = this.querySelector('.grid')?.clientWidth ?? this.wide; });
  }

  reset() {
    this.rows = [];
    this.selected = new Set();
    this.top = 0;
    this.at = 0;
    this.would = null;
    this.large = null;
  }

  willUpdate(changed) {
    const another = changed.has('task') || changed.has('pool');
    if (another) {
      this.filter = {};
      this.load();
    }
    if (another || changed.has('tab') || changed.has('subject')) this.open();
  }

  disconnectedCallback() {
    this.turn = this.opened = null;
    this.resized.disconnect();
    super.disconnectedCallback();
  }

  get list() { return NO_LIST.includes(this.tab) ? '' : this.tab; }

  /** What the grid shows. */
  get shown() { return this.tab === 'similar' ? (this.near ?? []).map(one => one.annotation) : this.rows; }

  link(tab, subject) {
    return ['#/pool', ...[this.task, this.pool, tab, subject].filter(Boolean).map(encodeURIComponent)].join('/');
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

  /** Follows the list of the tab until it is there, or looks for what is similar. */
  async open(anew) {
    const opened = this.opened = {};
    this.entries = this.found = this.near = this.large = null;
    this.selected = new Set();
    this.top = this.at = 0;
    if (this.tab === 'similar') {
      const near = await this.attempt(() => get(address(`/v1/curation/annotations/${this.subject}/similar`,
        {pool: this.pool, limit: 100})));
      if (opened === this.opened) this.near = near ?? [];
    } else if (this.list) {
      this.problem = '';
      try {
        await follow(`${poolPath(this.task, this.pool)}/lists/${this.list}`, {label: this.filter.label, limit: 200, refresh: anew},
          found => {
            if (opened !== this.opened) return false;
            this.found = found;
            if (found.computedAt) this.entries = found.entries;
            return true;
          });
      } catch (problem) {
        if (opened === this.opened) this.problem = problem.message;
      }
    }
  }

  narrow(facet, value) {
    const next = {...this.filter};
    if (next[facet] === value || value === '') delete next[facet];
    else next[facet] = value;
    this.filter = next;
    if (this.tab && this.tab !== 'map') location.hash = this.link('');
    this.load();
  }

  toggle(id, event) {
    const next = new Set(this.selected);
    const shown = this.shown;
    const index = shown.findIndex(row => row.id === id);
    if (event?.shiftKey && this.anchor !== undefined && index >= 0) {
      for (let i = Math.min(index, this.anchor); i <= Math.max(index, this.anchor); i++) next.add(shown[i].id);
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
    const now = row => changed.has(row.id) ? {...row, state: to} : row;
    this.rows = this.rows.map(now);
    this.near = this.near?.map(one => ({...one, annotation: now(one.annotation)}));
    this.selected = new Set();
    this.would = null;
    this.large = null;
    get(address('/v1/curation/facets', this.query())).then(facets => { this.facets = facets; }).catch(() => {});
  }

  /** What is shown, as it is now: the list stays, states and counts are new. */
  refresh() {
    this.load();
    if (this.tab === 'similar') this.open();
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
      this.at = Math.min(this.shown.length - 1, Math.max(0, this.at + step));
      const grid = this.querySelector('.grid');
      const y = Math.floor(this.at / this.columns) * TALL;
      if (y < grid.scrollTop) grid.scrollTop = y;
      if (y + TALL > grid.scrollTop + grid.clientHeight) grid.scrollTop = y + TALL - grid.clientHeight;
    } else if (event.key === ' ') {
      event.preventDefault();
      if (this.shown[this.at]) this.toggle(this.shown[this.at].id);
    } else if (event.key === 'Enter' && this.shown[this.at]) {
      this.large = this.shown[this.at];
    } else if (event.key === 's' && this.shown[this.at]) {
      location.hash = this.link('similar', this.shown[this.at].id);
    } else if (event.key === 'Escape') {
      this.large = null;
    } else {
      const state = STATES.find(([, , key]) => key && key === event.key);
      if (state && this.selected.size && may('review')) this.bring(state[0]);
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
    const rows = Math.ceil(this.shown.length / this.columns);
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
    if (!may('review')) return nothing;
    return html`<div class="bulk" role="group" aria-label="review the selected">
      <strong>${this.selected.size} selected</strong>
      <label>Why <input id="why" maxlength="200" placeholder="kept with it"></label>
      ${STATES.map(([state, text, key]) => html`<button class=${state === 'rejected' ? 'danger' : ''}
        ?disabled=${this.selected.size === 0 || this.busy} title=${key ? `key ${key}` : ''}
        @click=${() => this.bring(state)}>${text}</button>`)}
      ${this.tab ? nothing : html`<label>All that match <select @change=${e => { this.wouldBring(e.target.value); e.target.value = ''; }}>
        <option value="">…</option>${STATES.map(([state, text]) => html`<option value=${state}>${text}</option>`)}</select></label>`}
      ${this.would ? html`<span class="warning">${this.would.count} would be ${this.would.to}, ${this.would.unchanged} are already.
        <button @click=${this.bringAll} ?disabled=${this.would.count === 0}>Do it</button>
        <button class="quiet" @click=${() => { this.would = null; }}>Do not</button></span>` : nothing}
    </div>`;
  }

  renderGrid() {
    const shown = this.shown;
    if (shown.length === 0)
      return html`<p class="facts">${this.busy ? 'Looking…' : this.problem ? '' : 'Nothing passes these filters.'}</p>`;
    const height = 640;
    const first = Math.max(0, Math.floor(this.top / TALL) - 1) * this.columns;
    const last = Math.min(shown.length, (Math.ceil((this.top + height) / TALL) + 1) * this.columns);
    const similar = this.tab === 'similar';
    const subject = similar && this.rows.find(row => row.id === this.subject);
    return html`<p class="facts">${similar
        ? html`The ${shown.length} most like ${subject ? html`<strong>${subject.image}</strong>` : `annotation ${this.subject}`},
          the most similar first. <a href=${this.link('')}>All</a>`
        : `${shown.length}${this.more ? ' or more' : ''} annotations.`} Arrows move, space selects, Enter enlarges, s shows what is
        similar${may('review') ? '; a, r and t review what is selected' : ''}.</p>
      <div class="grid" tabindex="0" role="listbox" aria-multiselectable="true" aria-label="annotations"
        aria-activedescendant=${`tile-${shown[this.at]?.id ?? ''}`} @keydown=${this.key}
        @scroll=${e => { this.top = e.target.scrollTop; }}>
        <div class="sheet" role="none">${shown.slice(first, last).map((row, i) => html`
          <div class="tile ${row.state} ${this.selected.has(row.id) ? 'selected' : ''} ${first + i === this.at ? 'at' : ''}"
            id=${`tile-${row.id}`} data-index=${first + i} role="option" aria-selected=${this.selected.has(row.id)}
            @click=${e => { this.at = first + i; this.toggle(row.id, e); }} @dblclick=${() => { this.large = row; }}>
            <p-thumb .annotation=${row.id} .name=${`${row.image}, ${row.label}`}></p-thumb>
            <span class="name" title=${row.image}>${row.image}</span>
            <span>${similar ? this.near[first + i].similarity.toFixed(3) : row.label} ${chip(row.state)}</span></div>`)}</div></div>`;
  }

  /** When a list was computed, and how far the next one is. */
  renderFound() {
    const {computedAt, poolVersion, running} = this.found ?? {};
    const moment = computedAt && new Date(computedAt).toLocaleString();
    return html`<p class="facts" aria-live="polite">${EXPLAINED[this.list]}
      ${computedAt ? `${this.entries.length} entries, computed ${moment} of version ${poolVersion}.` : ''}
      ${computedAt && !running ? html`<button class="quiet small" @click=${() => this.open(true)}>Compute again</button>` : nothing}
      ${['suspects', 'worth'].includes(this.list) ? html`<a href=${['#/review', this.task, this.pool, this.list]
        .map((part, i) => i ? encodeURIComponent(part) : part).join('/')}>Review them one after the other</a>` : nothing}</p>
      ${running ? html`<p class="facts">${running.total
        ? html`<progress aria-label="progress" max=${running.total} value=${running.done}></progress>
          ${running.stage}: ${running.done} of ${running.total}.`
        : 'It waits for its turn.'} ${computedAt ? 'What was computed before stays until then.'
          : 'Suspects and worth take some tenths of a second an image; one may leave and come back.'}</p>` : nothing}`;
  }

  renderList() {
    if (!this.entries) return this.problem ? nothing : this.renderFound();
    const byImage = new Map(this.rows.map(row => [row.imageId, row.id]));
    const states = new Map(this.rows.map(row => [row.id, row.state]));
    return html`${this.renderFound()}
      <table class="list"><thead><tr><td></td><td></td><th>Score</th><th>Image</th><th>Label</th><th>Why</th></tr></thead>
      <tbody>${this.entries.map(entry => {
        const id = entry.annotationId ?? byImage.get(entry.imageId);
        return html`<tr><td>${id ? html`<input type="checkbox" aria-label=${`select ${entry.image ?? entry.label}`} .checked=${this.selected.has(id)}
            @change=${() => this.toggle(id)}>` : nothing}</td>
          <td>${id ? html`<p-thumb .annotation=${id} .name=${entry.image ?? ''}></p-thumb>` : nothing}
            ${entry.otherId && byImage.get(entry.otherId)
              ? html`<p-thumb .annotation=${byImage.get(entry.otherId)} .name=${entry.other ?? ''}></p-thumb>` : nothing}</td>
          <td>${entry.score.toFixed(3)}${id ? html`<br><a href=${this.link('similar', id)}>similar</a>` : nothing}</td><td>${entry.image ?? ''}${entry.other ? html`<br>and ${entry.other}` : nothing}</td>
          <td>${entry.label ?? ''} ${states.has(id) ? chip(states.get(id)) : nothing}</td><td>${entry.reason}</td></tr>`;
      })}</tbody></table>`;
  }

  close() {
    this.large = null;
    this.querySelector('.grid')?.focus();
  }

  renderMap() {
    return html`<p-map .task=${this.task} .pool=${this.pool} .rows=${this.rows} .selected=${this.selected} .busy=${this.busy}
      @chosen=${e => { this.selected = e.detail; }} @enlarged=${e => { this.large = e.detail; }}></p-map>`;
  }

  renderLarge() {
    const row = this.large;
    if (!row) return nothing;
    return html`<div class="overlay" role="dialog" aria-label=${row.image} tabindex="-1"
      @keydown=${e => { if (e.key === 'Escape') this.close(); else if (e.key === 's') location.hash = this.link('similar', row.id); }}>
      <div class="card"><h3>${row.image} <small>${row.label}</small> ${chip(row.state)}</h3>
      <img alt="${row.image} with its mask" src="/v1/annotations/${row.id}/overlay.png">
      <p class="facts">Annotation ${row.id}, version ${row.version}, ${row.area} pixels, ${row.site ?? 'another site'}, ${row.modality},
        by ${row.author ?? 'somebody there'}, ${day(row.createdAt)}.
        ${row.fromAnswer ? html`<a href="#/answer/${row.fromAnswer}">The answer that it came from</a>` : nothing}</p>
      <a class="button quiet" href=${this.link('similar', row.id)}>Similar to this <kbd>s</kbd></a>
      <button class="quiet" @click=${this.close}>Close</button></div></div>`;
  }

  render() {
    return html`<h2 class="title">${this.task} / ${this.pool}</h2>
      <nav class="tabs" aria-label="what to look at">${TABS.filter(([tab]) => NO_LIST.includes(tab) || may('review')).map(([tab, text]) => html`
        <a href=${this.link(tab)} aria-current=${this.tab === tab ? 'true' : nothing}>${text}</a>`)}</nav>
      ${this.renderProblem()}
      <div class="columns pool">${this.renderFacets()}<section class="card">${this.renderBulk()}
        ${this.list ? this.renderList() : this.tab === 'map' ? this.renderMap() : this.renderGrid()}</section></div>${this.renderLarge()}`;
  }
}
customElements.define('p-pool', Pool);
