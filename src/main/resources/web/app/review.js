// Review: one annotation after the other, by keyboard.
import {html, nothing} from 'lit';
import {View, chip, colourOf, day, tell} from './parts.js';
import {address, get, post, postForm, review, undo} from './service.js';

class Review extends View {
  static properties = {
    task: {}, pool: {}, state: {state: true}, rows: {state: true}, at: {state: true}, problem: {state: true},
    drawing: {state: true}, done: {state: true}, next: {state: true}, agreed: {state: true},
  };

  constructor() {
    super();
    this.state = 'unreviewed';
    this.rows = [];
    this.at = 0;
    this.done = [];
    this.onKey = event => this.key(event);
  }

  connectedCallback() {
    super.connectedCallback();
    window.addEventListener('keydown', this.onKey);
  }

  disconnectedCallback() {
    window.removeEventListener('keydown', this.onKey);
    this.turn = null;
    super.disconnectedCallback();
  }

  willUpdate(changed) {
    if (changed.has('task') || changed.has('pool') || changed.has('state')) this.load();
  }

  async load(after) {
    const turn = this.turn = {};
    if (!after) {
      this.rows = [];
      this.at = 0;
      this.done = [];
    }
    this.drawing = false;
    const page = await this.attempt(() => get(address('/v1/curation/annotations',
      {task: this.task, pool: this.pool, state: this.state, after, limit: 200})));
    if (!page || turn !== this.turn) return;
    this.rows = [...this.rows, ...page.rows];
    this.next = page.next;
  }

  get row() { return this.rows[this.at]; }

  updated() {
    const row = this.row;
    if (row?.id === this.comparing) return;
    this.comparing = row?.id;
    this.agreed = null;
    if (row?.mayReview) this.compare(row);
  }

  /** Who else drew the same; that nobody could be asked is no reason to stop reviewing. */
  async compare(row) {
    const agreed = await get(`/v1/curation/annotations/${row.id}/agreement`).catch(() => null);
    if (this.comparing === row.id && agreed?.annotators.length > 1) this.agreed = {...agreed, of: row.id};
  }

  async share(method) {
    const row = this.row;
    const kept = await this.attempt(() => post(`/v1/curation/annotations/${row.id}/consensus`,
      {method, state: 'unreviewed', reason: this.querySelector('#why')?.value || 'consensus in review'}));
    if (!kept) return;
    tell(`Version ${kept.version}, what ${this.agreed.annotators.length} annotators share, is unreviewed.`, kept.action, () => this.load());
    this.load();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || ['INPUT', 'SELECT', 'TEXTAREA'].includes(event.target.tagName)) return;
    const does = {
      a: () => this.judge('approved'), r: () => this.judge('rejected'), n: () => this.move(1), p: () => this.move(-1),
      u: () => this.takeBack(), b: () => { this.drawing = !this.drawing; },
    }[event.key];
    if (does) {
      event.preventDefault();
      does();
    }
  }

  move(step) {
    this.drawing = false;
    this.at = Math.max(0, Math.min(this.rows.length, this.at + step));
    if (this.at >= this.rows.length - 5 && this.next) this.load(this.next);
  }

  async judge(to) {
    const row = this.row;
    if (!row || this.busy) return;
    const kept = await this.attempt(() =>
      review([row.id], to, this.querySelector('#why')?.value || `${to} in review`, row.state));
    if (!kept) return;
    this.done = [...this.done, {action: kept.action, row, to}];
    this.rows = this.rows.map(one => one === row ? {...row, state: to} : one);
    this.move(1);
  }

  async takeBack() {
    const last = this.done.at(-1);
    if (!last || this.busy) return;
    const undone = await this.attempt(() => undo(last.action));
    if (!undone) return;
    this.done = this.done.slice(0, -1);
    this.rows = this.rows.map(one => one.id === last.row.id ? last.row : one);
    this.at = this.rows.findIndex(one => one.id === last.row.id);
  }

  async correct(state) {
    const row = this.row;
    const viewer = this.querySelector('p-viewer');
    if (!viewer.changed(row.label)) {
      this.problem = 'Nothing was drawn.';
      return;
    }
    const data = new FormData();
    data.append('mask', await viewer.file(row.label), 'mask.png');
    data.append('reason', this.querySelector('#why')?.value || 'corrected in review');
    data.append('state', state);
    const kept = await this.attempt(() => postForm(`/v1/curation/annotations/${row.id}/corrections`, data));
    if (!kept) return;
    tell(`Version ${kept.version} replaces it in ${kept.pools} pool${kept.pools === 1 ? '' : 's'}.`, kept.action, () => this.load());
    this.move(1);
  }

  layersOf(row) {
    const others = this.agreed?.of === row.id
      ? this.agreed.annotators.filter(one => one.annotation !== row.id) : [];
    const wanted = [row.id, ...others.map(one => one.annotation)].join();
    if (this.layered !== wanted) {
      this.layered = wanted;
      this.layers = [{label: row.label, colour: colourOf(0), mask: `/v1/curation/annotations/${row.id}/mask.png`},
        ...others.map((one, i) => ({label: `${row.label} by ${one.author}`, colour: colourOf(i + 1),
          mask: `/v1/curation/annotations/${one.annotation}/mask.png`}))];
    }
    return this.layers;
  }

  renderOthers(row) {
    if (this.agreed?.of !== row.id) return nothing;
    const dice = other => this.agreed.pairs.find(pair =>
      [pair.first, pair.second].includes(row.id) && [pair.first, pair.second].includes(other));
    return html`<div class="others"><h3>${this.agreed.annotators.length} annotators, mean Dice ${this.agreed.meanDice.toFixed(3)}</h3>
      <table><thead><tr><th>By</th><th>State</th><th>Dice with this one</th><th>95% distance</th><th>Sensitivity</th><th>Specificity</th></tr></thead>
        <tbody>${this.agreed.annotators.map(one => html`<tr><td>${one.author}${one.annotation === row.id ? ' (this one)' : ''}</td>
          <td>${chip(one.state)}</td><td>${dice(one.annotation)?.dice.toFixed(3) ?? ''}</td>
          <td>${one.annotation === row.id ? '' : html`${dice(one.annotation)?.hausdorff95?.toFixed(1) ?? ''} px`}</td>
          <td>${one.sensitivity.toFixed(3)}</td><td>${one.specificity.toFixed(3)}</td></tr>`)}</tbody></table>
      <p><button class="quiet" @click=${() => this.share('staple')} ?disabled=${this.busy}>Take what they share (STAPLE)</button>
        <button class="quiet" @click=${() => this.share('majority')} ?disabled=${this.busy}>Take the majority</button></p></div>`;
  }

  renderRow(row) {
    return html`<section class="card">
      <h2>${row.image} <small>${row.label}</small> ${chip(row.state)}</h2>
      <p-viewer .image=${`/v1/curation/annotations/${row.id}/image.png`} .layers=${this.layersOf(row)}
        .brush=${this.drawing ? row.label : null} .name=${`${row.image} with ${row.label}`}></p-viewer>
      <p class="facts">Annotation ${row.id}, version ${row.version}, ${row.area} pixels, ${row.site ?? 'another site'}, ${row.modality},
        by ${row.author ?? 'somebody there'}, ${day(row.createdAt)}.
        ${row.fromAnswer ? html`<a href="#/answer/${row.fromAnswer}">The answer that it came from</a>` : nothing}</p>
      <div class="verdict" role="group" aria-label="review">
        <label>Why <input id="why" maxlength="200" placeholder="kept with it"></label>
        ${this.drawing
          ? html`<button @click=${() => this.correct('approved')} ?disabled=${this.busy}>Keep and approve</button>
            <button @click=${() => this.correct('unreviewed')} ?disabled=${this.busy}>Keep, unreviewed</button>
            <button class="quiet" @click=${() => { this.drawing = false; this.querySelector('p-viewer').load(); }}>Cancel</button>`
          : html`<button @click=${() => this.judge('approved')} ?disabled=${!row.mayReview}>Approve <kbd>a</kbd></button>
            <button class="danger" @click=${() => this.judge('rejected')} ?disabled=${!row.mayReview}>Reject <kbd>r</kbd></button>
            <button class="quiet" @click=${() => { this.drawing = true; }} ?disabled=${!row.mayReview}>Correct <kbd>b</kbd></button>
            <button class="quiet" @click=${() => this.move(1)}>Next <kbd>n</kbd></button>
            <button class="quiet" @click=${() => this.move(-1)} ?disabled=${this.at === 0}>Previous <kbd>p</kbd></button>`}
      </div>
      ${this.renderOthers(row)}
      ${row.mayReview ? nothing : html`<p class="warning">This one is for a curator of its own site to review.</p>`}
    </section>`;
  }

  render() {
    const row = this.row;
    return html`<h2 class="title">Review ${this.task} / ${this.pool}</h2>
      <div class="bulk"><label>State <select @change=${e => { this.state = e.target.value; }}>
        ${['unreviewed', 'approved', 'rejected', 'retired'].map(state => html`<option ?selected=${state === this.state}>${state}</option>`)}
        </select></label>
        <span class="facts" aria-live="polite">${Math.min(this.at + 1, this.rows.length)} of ${this.rows.length}${this.next ? ' and more' : ''},
          ${this.done.length} judged</span>
        <button class="quiet" @click=${this.takeBack} ?disabled=${this.done.length === 0}>Undo last <kbd>u</kbd></button></div>
      ${this.renderProblem()}
      ${row ? this.renderRow(row) : this.busy ? nothing
        : html`<section class="card"><p>${this.rows.length
          ? 'All of these are judged.' : `Nothing here is ${this.state}.`}</p></section>`}`;
  }
}
customElements.define('p-review', Review);
