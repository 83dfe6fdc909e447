// Review: one annotation after the other, by keyboard.
import {html, nothing} from 'lit';
import {KeyedView, chip, colourOf, day, tell} from './parts.js';
import {address, bytes, follow, get, poolPath, post, postForm, review, undo} from './service.js';

const STATES = ['unreviewed', 'approved', 'rejected', 'retired'];
const LISTS = ['suspects', 'worth'];

const NETWORKS = "the network's";
const COLOUR_OF_NETWORK = '#00E5FF';

/** Whether keys that are pressed there are meant as text. */
const isWritten = element => ['SELECT', 'TEXTAREA'].includes(element.tagName)
  || element.tagName === 'INPUT' && !['checkbox', 'range', 'radio'].includes(element.type);

class Review extends KeyedView {
  static properties = {
    task: {}, pool: {}, of: {}, waiting: {state: true}, rows: {state: true}, at: {state: true}, problem: {state: true},
    drawing: {state: true}, done: {state: true}, next: {state: true}, agreed: {state: true},
    asking: {state: true}, difference: {state: true}, left: {state: true},
  };

  constructor() {
    super();
    this.of = 'unreviewed';
    this.rows = [];
    this.at = 0;
    this.done = [];
  }

  disconnectedCallback() {
    this.turn = null;
    super.disconnectedCallback();
  }

  willUpdate(changed) {
    if (changed.has('task') || changed.has('pool') || changed.has('of')) this.load();
  }

  async load(after) {
    const turn = this.turn = {};
    if (!after) {
      this.rows = [];
      this.at = 0;
      this.done = [];
    }
    this.drawing = false;
    const page = await this.attempt(() => LISTS.includes(this.of) ? this.listed(turn)
      : get(address('/v1/curation/annotations', {task: this.task, pool: this.pool, state: this.of, after, limit: 200})));
    if (!page || turn !== this.turn) return;
    this.rows = [...this.rows, ...page.rows];
    this.next = page.next;
  }

  /** The annotations of a list, worst first, as they are now. */
  async listed(turn) {
    let list;
    await follow(`${poolPath(this.task, this.pool)}/lists/${this.of}`, {limit: 200}, found => {
      list = found;
      this.waiting = found.computedAt ? null : found.running;
      return turn === this.turn && !found.computedAt;
    });
    const order = [...new Set((list.entries ?? []).map(entry => entry.annotationId).filter(Boolean))];
    if (order.length === 0) return {rows: [], next: null};
    const page = await get(address('/v1/curation/annotations', {ids: order.join(','), limit: 1000}));
    const rows = new Map(page.rows.map(row => [row.id, row]));
    return {rows: order.map(id => rows.get(id)).filter(Boolean), next: null};
  }

  get row() { return this.rows[this.at]; }

  updated() {
    const row = this.row;
    if (row?.id === this.comparing) return;
    this.comparing = row?.id;
    this.agreed = null;
    this.left = null;
    if (row?.mayReview) this.compare(row);
    if (row && this.asking) this.ask(row);
  }

  /** What the pool answers without the image's patient; that it cannot is no reason to stop reviewing. */
  async ask(row) {
    const asked = this.left = {of: row.id};
    const pool = this.pool;
    try {
      const found = await get(address(`/v1/curation/annotations/${row.id}/leave-one-out`, {pool}));
      if (this.left === asked) this.left = {of: row.id, ...found,
        mask: address(`/v1/curation/annotations/${row.id}/leave-one-out.png`, {pool})};
      const next = this.left?.of === row.id && this.rows[this.at + 1];
      if (next) get(address(`/v1/curation/annotations/${next.id}/leave-one-out`, {pool})).catch(() => {}); // kept until it is its turn
    } catch (problem) {
      if (this.left === asked) this.left = {of: row.id, refused: problem.message};
    }
  }

  toggleAsking() {
    this.asking = !this.asking;
    this.left = null;
    if (!this.asking) this.difference = false;
    else if (this.row) this.ask(this.row);
  }

  toggleDifference() {
    this.difference = !this.difference;
    if (this.difference && !this.asking) this.toggleAsking();
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
    if (isWritten(event.target)) return;
    const does = {
      a: () => this.judge('approved'), r: () => this.judge('rejected'), n: () => this.move(1), p: () => this.move(-1),
      u: () => this.takeBack(), b: () => { this.drawing = !this.drawing; },
      t: () => this.take(), l: () => this.toggleAsking(), d: () => this.toggleDifference(),
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
    const viewer = this.querySelector('p-viewer');
    if (!viewer.changed(this.row.label)) {
      this.problem = 'Nothing was drawn.';
      return;
    }
    await this.keep(await viewer.file(this.row.label), state, 'corrected in review');
  }

  /** The network's mask in place of the annotation, for who has looked at both. */
  async take() {
    const {mask, of} = this.left ?? {};
    if (!mask || of !== this.row?.id || !this.row.mayReview || this.busy) return;
    const file = await this.attempt(() => bytes(mask));
    if (file && of === this.row?.id) await this.keep(file, 'approved', "the network's mask, taken in review");
  }

  async keep(mask, state, reason) {
    const row = this.row;
    const data = new FormData();
    data.append('mask', mask, 'mask.png');
    data.append('reason', this.querySelector('#why')?.value || reason);
    data.append('state', state);
    const kept = await this.attempt(() => postForm(`/v1/curation/annotations/${row.id}/corrections`, data));
    if (!kept) return;
    this.rows = this.rows.map(one => one === row ? {...row, state: 'replaced', mayReview: false} : one);
    tell(`Version ${kept.version} replaces it in ${kept.pools} pool${kept.pools === 1 ? '' : 's'}.`, kept.action,
      () => { this.rows = this.rows.map(one => one.id === row.id ? row : one); });
    window.dispatchEvent(new Event('pools-changed'));
    this.move(1);
  }

  layersOf(row) {
    const others = this.agreed?.of === row.id
      ? this.agreed.annotators.filter(one => one.annotation !== row.id) : [];
    const left = this.left?.of === row.id && this.left.mask && !this.drawing ? [this.left] : [];
    const wanted = [row.id, ...others.map(one => one.annotation), ...left.map(one => one.mask)].join();
    if (this.layered !== wanted) {
      this.layered = wanted;
      this.layers = [{label: row.label, colour: colourOf(0), mask: `/v1/curation/annotations/${row.id}/mask.png`},
        ...others.map((one, i) => ({label: `${row.label} by ${one.author}`, colour: colourOf(i + 1),
          mask: `/v1/curation/annotations/${one.annotation}/mask.png`})),
        ...left.map(one => ({label: NETWORKS, colour: COLOUR_OF_NETWORK, mask: one.mask}))];
    }
    return this.layers;
  }

  renderLeft(row) {
    if (!this.asking || this.drawing || this.left?.of !== row.id) return nothing;
    const left = this.left;
    if (left.refused) return html`<p class="facts" aria-live="polite">Nothing to compare with: ${left.refused}</p>`;
    if (!left.mask) return html`<p class="facts" aria-live="polite">Asking the pool without this patient…</p>`;
    return html`<p class=${left.dice < 0.5 ? 'warning' : 'facts'} aria-live="polite">Dice ${left.dice.toFixed(3)} with what version
      ${left.poolVersion} answers from ${left.supports.length} annotations of other patients${left.hausdorff95 === null ? ''
        : `, 95% distance ${left.hausdorff95.toFixed(1)} px`}: ${left.onlyAnnotation} pixels in the annotation alone,
      ${left.onlyAnswer} in the network's alone.</p>`;
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
      <div class="tools"><label class="toggle"><input type="checkbox" .checked=${Boolean(this.asking)} @change=${this.toggleAsking}>
          The network's mask, without this patient <kbd>l</kbd></label>
        <label class="toggle"><input type="checkbox" .checked=${Boolean(this.difference)} @change=${this.toggleDifference}>
          Only the difference <kbd>d</kbd></label></div>
      ${this.renderLeft(row)}
      <p-viewer .image=${`/v1/curation/annotations/${row.id}/image.png`} .layers=${this.layersOf(row)}
        .brush=${this.drawing ? row.label : null} .name=${`${row.image} with ${row.label}`}
        .against=${[row.label, NETWORKS]} .difference=${Boolean(this.difference && !this.drawing)}></p-viewer>
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
            ${this.left?.of === row.id && this.left.mask ? html`<button class="quiet" @click=${this.take}
              ?disabled=${!row.mayReview || this.busy}>Take the network's <kbd>t</kbd></button>` : nothing}
            <button class="quiet" @click=${() => this.move(1)}>Next <kbd>n</kbd></button>
            <button class="quiet" @click=${() => this.move(-1)} ?disabled=${this.at === 0}>Previous <kbd>p</kbd></button>`}
      </div>
      ${this.renderOthers(row)}
      ${row.mayReview || row.state === 'replaced' ? nothing : html`<p class="warning">This one is for a curator of its own site to review.</p>`}
    </section>`;
  }

  render() {
    const row = this.row;
    return html`<h2 class="title">Review ${this.task} / ${this.pool}</h2>
      <div class="bulk"><label>What <select @change=${e => {
        location.hash = ['#/review', this.task, this.pool, e.target.value].map((part, i) => i ? encodeURIComponent(part) : part).join('/');
      }}><optgroup label="by state">${STATES.map(state => html`<option ?selected=${state === this.of}>${state}</option>`)}</optgroup>
        <optgroup label="worst first">${LISTS.map(list => html`<option ?selected=${list === this.of}>${list}</option>`)}</optgroup>
        </select></label>
        <span class="facts" aria-live="polite">${Math.min(this.at + 1, this.rows.length)} of ${this.rows.length}${this.next ? ' and more' : ''},
          ${this.done.length} judged</span>
        <button class="quiet" @click=${this.takeBack} ?disabled=${this.done.length === 0}>Undo last <kbd>u</kbd></button></div>
      ${this.renderProblem()}
      ${row ? this.renderRow(row) : this.waiting ? html`<section class="card"><p aria-live="polite">The list is being computed:
          ${this.waiting.stage || 'it waits for its turn'}${this.waiting.total ? `, ${this.waiting.done} of ${this.waiting.total}` : ''}.</p></section>`
        : this.busy ? nothing
        : html`<section class="card"><p>${this.rows.length
          ? 'All of these are judged.' : LISTS.includes(this.of) ? 'Nothing is on this list.' : `Nothing here is ${this.of}.`}</p></section>`}`;
  }
}
customElements.define('p-review', Review);
