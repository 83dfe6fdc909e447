// Versions, answers, audit, status: what was, and how the service is.
import {html, nothing} from 'lit';
import {View, chip, day, tell} from './parts.js';
import {address, get, may, me, poolPath, post, put, undo} from './service.js';

/** A list that comes page by page. */
class Paged extends View {
  async first(path) {
    const turn = this.turn = {};
    this.rows = [];
    this.next = null;
    this.path = path;
    const page = await this.attempt(() => get(path));
    if (page && turn === this.turn) {
      this.rows = page.rows;
      this.next = page.next;
    }
  }

  async more() {
    const turn = this.turn;
    const page = await this.attempt(() => get(`${this.path}${this.path.includes('?') ? '&' : '?'}after=${this.next}`));
    if (page && turn === this.turn) {
      this.rows = [...this.rows, ...page.rows];
      this.next = page.next;
    }
  }

  renderMore() {
    return this.next ? html`<button class="quiet" @click=${this.more} ?disabled=${this.busy}>More</button>` : nothing;
  }
}

class Versions extends Paged {
  static properties = {
    task: {}, pool: {}, rows: {state: true}, next: {state: true}, problem: {state: true}, from: {state: true}, to: {state: true},
    diff: {state: true}, would: {state: true}, curve: {state: true}, copied: {state: true},
  };

  willUpdate(changed) {
    if (changed.has('task') || changed.has('pool')) this.load();
  }

  async load() {
    this.diff = this.would = this.curve = null;
    await this.first(`${poolPath(this.task, this.pool)}/versions`);
    if (this.rows.length) {
      this.to = this.rows[0].version;
      this.from = this.rows[Math.min(1, this.rows.length - 1)].version;
    }
    if (may('read-answers-of-site'))
      this.curve = await get(`${poolPath(this.task, this.pool)}/curve`).catch(() => null);
  }

  async compare() {
    this.diff = null;
    const diff = await this.attempt(() => get(address(`${poolPath(this.task, this.pool)}/diff`, {from: this.from, to: this.to})));
    if (diff) this.diff = {from: this.from, to: this.to, rows: diff};
  }

  async restore(version, dryRun) {
    const reason = this.querySelector('#why').value || `version ${version} again, on the page`;
    const changed = await this.attempt(() =>
      post(`${poolPath(this.task, this.pool)}/restore`, {version: String(version), reason, dryRun}));
    if (!changed) return;
    if (dryRun) {
      this.would = {version, ...changed};
      return;
    }
    tell(`The pool holds what version ${version} held, as version ${changed.version}.`, changed.action, () => this.load());
    window.dispatchEvent(new Event('pools-changed'));
    this.load();
  }

  async name(version, name) {
    if (!name) return;
    const path = `${poolPath(this.task, this.pool)}/versions/${version}/name`;
    const named = await this.attempt(() => put(path, {name}));
    if (named) this.rows = this.rows.map(row => row.version === version ? {...row, name: named.name} : row);
  }

  async copy(event) {
    event.preventDefault();
    const to = event.target.to.value.trim();
    const changed = await this.attempt(() => post(`${poolPath(this.task, this.pool)}/copies`,
      {to, reason: this.querySelector('#why').value || 'copied on the page'}));
    if (!changed) return;
    tell(`${changed.added} annotations are in ${to}; ${changed.kept} were left out because others are there.`, changed.action);
    window.dispatchEvent(new Event('pools-changed'));
  }

  renderCurve() {
    if (!this.curve?.length) return html`<p class="facts">No verdicts on this pool's answers yet.</p>`;
    return html`<p-curve .weeks=${this.curve}></p-curve>
      <table><thead><tr><th>Week of</th><th>Label</th><th>Accepted</th><th>Corrected</th><th>Rejected</th><th>Mean Dice</th></tr></thead>
      <tbody>${this.curve.map(w => html`<tr><td>${w.week.slice(0, 10)}</td><td>${w.label}</td><td>${w.accepted}</td>
        <td>${w.corrected}</td><td>${w.rejected}</td><td>${w.meanDice?.toFixed(3) ?? ''}</td></tr>`)}</tbody></table>`;
  }

  render() {
    const pick = (name, which) => html`<input type="radio" name=${name} aria-label="${name} version ${which}"
      .checked=${this[name] === which} @change=${() => { this[name] = which; }}>`;
    return html`<h2 class="title">Versions of ${this.task} / ${this.pool}</h2>${this.renderProblem()}
      <section class="card"><div class="bulk">
        <button @click=${this.compare} ?disabled=${!this.rows?.length}>Compare ${this.from ?? ''} with ${this.to ?? ''}</button>
        ${may('review') ? html`<label>Why <input id="why" maxlength="200" placeholder="kept with it"></label>
        <form class="inline" @submit=${this.copy}><label>Copy into pool <input name="to" required maxlength="64"></label>
          <button class="quiet">Copy</button></form>` : nothing}</div>
      ${this.would ? html`<p class="warning">Version ${this.would.version} again would add ${this.would.added} and remove
        ${this.would.removed} annotations. <button @click=${() => this.restore(this.would.version, false)}
          ?disabled=${!this.would.added && !this.would.removed}>Restore it</button>
        <button class="quiet" @click=${() => { this.would = null; }}>Do not</button></p>` : nothing}
      <table><thead><tr><th>From</th><th>To</th><th>Version</th><th>Name</th><th>Change</th><th>Who</th><th>When</th><th>Why</th><th></th></tr></thead>
        <tbody>${(this.rows ?? []).map(row => html`<tr><td>${pick('from', row.version)}</td><td>${pick('to', row.version)}</td>
          <td>${row.version}</td><td>${may('review') ? html`<input class="name" .value=${row.name ?? ''} placeholder="name"
            aria-label="name of version ${row.version}" @change=${e => this.name(row.version, e.target.value)}>` : row.name ?? ''}</td>
          <td>+${row.added} −${row.removed}</td><td>${row.actor ?? ''}</td><td>${day(row.createdAt)}</td><td>${row.note ?? 'by another site'}</td>
          <td>${may('review') ? html`<button class="quiet" aria-label="restore version ${row.version}"
            @click=${() => this.restore(row.version, true)}>Restore</button>` : nothing}</td></tr>`)}</tbody></table>
        ${this.renderMore()}</section>
      ${this.diff ? html`<section class="card"><h3>From version ${this.diff.from} to ${this.diff.to}: ${this.diff.rows.length} differences</h3>
        <div class="strip">${this.diff.rows.slice(0, 300).map(d => html`<div class="support">
          ${d.before ? html`<p-thumb .annotation=${d.before} .name="before"></p-thumb>` : nothing}
          ${d.after ? html`<p-thumb .annotation=${d.after} .name="after"></p-thumb>` : nothing}
          <span class="name">${d.image}</span>
          <span>${d.label} ${chip(d.before && d.after ? 'replaced' : d.after ? 'added' : 'removed')}</span></div>`)}</div></section>` : nothing}
      ${may('adapt') ? html`<p-adaptation .task=${this.task} .pool=${this.pool}></p-adaptation>` : nothing}
      ${may('read-answers-of-site') ? html`<section class="card"><h3>How good its answers were</h3>${this.renderCurve()}</section>` : nothing}`;
  }
}
customElements.define('p-versions', Versions);

class Answers extends Paged {
  static properties = {tasks: {attribute: false}, rows: {state: true}, next: {state: true}, problem: {state: true}};

  connectedCallback() {
    super.connectedCallback();
    this.filter = {};
    this.load();
  }

  load() { this.first(address('/v1/curation/segmentations', this.filter)); }

  set(name, value) {
    this.filter = {...this.filter, [name]: value};
    this.load();
  }

  render() {
    return html`<h2 class="title">Answers</h2><section class="card">
      <div class="bulk"><label>Task <select @change=${e => this.set('task', e.target.value)}><option value="">any</option>
          ${this.tasks.map(t => html`<option>${t.name}</option>`)}</select></label>
        <label>Verdict <select @change=${e => this.set('verdict', e.target.value)}><option value="">any</option>
          ${['none', 'accepted', 'corrected', 'rejected'].map(v => html`<option>${v}</option>`)}</select></label>
        <label class="toggle"><input type="checkbox" @change=${e => this.set('flagged', e.target.checked)}> flagged only</label>
        <label>Name contains <input type="search" @change=${e => this.set('text', e.target.value)}></label></div>
      ${this.renderProblem()}
      <table><thead><tr><th>Query</th><th>Task</th><th>Pool</th><th>When</th><th>Network</th><th></th></tr></thead>
      <tbody>${(this.rows ?? []).map(row => html`<tr><td><a href="#/answer/${row.id}">${row.query}</a></td><td>${row.task}</td>
        <td>${row.pool} version ${row.poolVersion}</td><td>${day(row.createdAt)}</td><td>${row.network}</td>
        <td>${row.flagged ? chip('flagged') : nothing} ${row.verdict ? chip(row.verdict) : nothing}</td></tr>`)}</tbody></table>
      ${!this.busy && !this.problem && this.rows?.length === 0 ? html`<p class="facts">No such answer.</p>` : nothing}
      ${this.renderMore()}</section>`;
  }
}
customElements.define('p-answers', Answers);

class Audit extends Paged {
  static properties = {rows: {state: true}, next: {state: true}, problem: {state: true}};

  connectedCallback() {
    super.connectedCallback();
    if (may('see-supports')) this.first('/v1/curation/actions');
  }

  async takeBack(row) {
    const undone = await this.attempt(() => undo(row.id));
    if (!undone) return;
    tell(`Action ${row.id} was taken back.`, undone.action, () => this.first('/v1/curation/actions'));
    this.first('/v1/curation/actions');
  }

  /** Whoever did something, and curators, may take it back. */
  renderUndo(row) {
    if (!row.inForce) return chip('undone');
    return may('review') || row.actor === me.name ? html`<button class="quiet" aria-label="undo action ${row.id}"
      @click=${() => this.takeBack(row)} ?disabled=${this.busy}>Undo</button>` : nothing;
  }

  renderActions() {
    return html`<p class="facts">Reviews, corrections, verdicts, versions.</p>
      <table><thead><tr><th>Action</th><th>What</th><th>Who</th><th>When</th><th>Changed</th><th>Why</th><td></td></tr></thead>
      <tbody>${(this.rows ?? []).map(row => html`<tr class=${row.inForce ? '' : 'undone'}><td>${row.id}</td>
        <td>${row.kind}${row.undoes ? ` of ${row.undoes}` : ''}</td><td>${row.actor ?? 'another site'}</td><td>${day(row.createdAt)}</td>
        <td>${row.reviews ? `${row.reviews} states` : ''} ${row.versions ? `${row.versions} versions` : ''}</td><td>${row.reason}</td>
        <td>${this.renderUndo(row)}</td></tr>`)}</tbody></table>
      ${!this.busy && !this.problem && this.rows?.length === 0 ? html`<p class="facts">Nothing was done yet.</p>` : nothing}
      ${this.renderMore()}`;
  }

  render() {
    return html`<h2 class="title">Who did what</h2><section class="card">
      ${may('read-audit') ? html`<p class="facts">Every request is in the audit trail:
        <a href="/v1/audit" download="audit.jsonl">all of it, as JSON lines</a>.</p>` : nothing}
      ${this.renderProblem()}
      ${may('see-supports') ? this.renderActions() : nothing}</section>`;
  }
}
customElements.define('p-audit', Audit);

class Status extends View {
  static properties = {health: {state: true}, index: {state: true}, problem: {state: true}};

  connectedCallback() {
    super.connectedCallback();
    this.load();
    this.timer = setInterval(() => this.load(), 5000);
  }

  disconnectedCallback() {
    clearInterval(this.timer);
    super.disconnectedCallback();
  }

  async load() {
    try {
      this.health = await (await fetch('/health/ready')).json(); // 503 has a body, too
    } catch {
      this.health = null;
      this.problem = 'The service does not answer.';
      return;
    }
    this.problem = '';
    if (may('operate')) this.index = await get('/v1/index').catch(problem => ({refused: problem.message}));
  }

  render() {
    return html`<h2 class="title">Status</h2>${this.renderProblem()}
      ${this.health ? html`<section class="card"><h3>${this.health.status === 'UP' ? 'Ready' : 'Not ready'} ${chip(this.health.status)}</h3>
        ${this.health.checks.map(check => html`<h4>${check.name} ${chip(check.status)}</h4>
          <dl>${Object.entries(check.data ?? {}).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`)}</section>` : nothing}
      ${this.index ? html`<section class="card"><h3>Indexes and encodings</h3>
        ${this.index.refused ? html`<p class="facts">${this.index.refused}</p>` : html`<pre tabindex="0" role="region" aria-label="indexes and encodings">${JSON.stringify(this.index, null, 2)}</pre>`}
        </section>` : nothing}
      <p><a href="/health">Health</a> · ${may('operate') ? html`<a href="/metrics">Metrics</a> ·` : nothing} <a href="/swagger-ui">API</a></p>`;
  }
}
customElements.define('p-status', Status);
