// A pool's own weights: begin, watch, stop and take back what the network is trained further on.
import {html, nothing} from 'lit';
import {View, chip, day, tell} from './parts.js';
import {get, post} from './service.js';

const UNDER_WAY = ['waiting', 'running', 'paused'];

class Adaptation extends View {
  static properties = {task: {}, pool: {}, rows: {state: true}, prospect: {state: true}, problem: {state: true}};

  willUpdate(changed) {
    if (changed.has('task') || changed.has('pool')) {
      this.rows = this.prospect = null;
      this.load();
    }
  }

  disconnectedCallback() {
    clearTimeout(this.timer);
    super.disconnectedCallback();
  }

  get ofPool() {
    return `/v1/tasks/${encodeURIComponent(this.task)}/pools/${encodeURIComponent(this.pool)}`;
  }

  get path() { return `${this.ofPool}/adaptations`; }

  async load() {
    clearTimeout(this.timer);
    const turn = this.turn = {};
    // Nothing is shown to whoever may not adapt the pool.
    const rows = await get(this.path).catch(() => null);
    const under = rows?.some(row => UNDER_WAY.includes(row.state));
    const prospect = rows && !under ? await post(this.path, {}).catch(() => null) : this.prospect;
    if (turn !== this.turn || !this.isConnected) return;
    this.rows = rows;
    this.prospect = prospect;
    if (under) this.timer = setTimeout(() => this.load(), 5000); // each look is a line of the audit
  }

  async start(event) {
    event.preventDefault();
    const minutes = Number(event.target.minutes.value);
    if (await this.attempt(() => post(this.path, {minutes, dryRun: false}))) this.load();
  }

  async change(row, what) {
    if (await this.attempt(() => post(`${this.path}/${row.id}/${what}`))) this.load();
  }

  async revert() {
    const done = await this.attempt(() => post(`${this.ofPool}/adaptation/revert`));
    if (!done) return;
    tell(done.reverted
      ? `The adaptation is taken back; ${done.inForce ? 'an earlier one' : "the network's own weights"} answers again.`
      : 'No adaptation answers for this pool.');
    this.load();
  }

  renderGate(row) {
    if (row.failure) return row.failure;
    if (!row.gate) return `${row.phase}, ${Math.round(100 * row.progress)}%, ${row.steps} steps`;
    const {open, before, after, patients, reason} = row.gate;
    return html`${chip(open ? 'open' : 'closed')} ${patients} patients held back: Dice ${before.toFixed(3)} → ${after.toFixed(3)};
      ${reason}`;
  }

  renderButtons(row) {
    const button = what => html`<button class="quiet" @click=${() => this.change(row, what)} ?disabled=${this.busy}>${what}</button>`;
    switch (row.state) {
      case 'waiting': case 'running': return html`${button('pause')} ${button('cancel')}`;
      case 'paused': return html`${button('resume')} ${button('cancel')}`;
      default: return row.revertedAt ? chip('taken back') : nothing;
    }
  }

  render() {
    if (!this.rows) return nothing;
    const under = this.rows.some(row => UNDER_WAY.includes(row.state));
    return html`<section class="card"><h3>Its own weights</h3>
      <p class="facts">The network trained further on this pool, for its queries alone, and only where patients held back gain.
        ${this.prospect ? `${this.prospect.patients} patients, ${this.prospect.annotations} annotations.` : ''}
        ${this.prospect?.obstacle ?? ''}</p>
      ${this.renderProblem()}
      <div class="bulk"><form class="inline" @submit=${this.start}><label>Minutes <input name="minutes" type="number" min="0.1" max="1440"
          step="any" value="5" required></label>
        <button ?disabled=${this.busy || under || !!this.prospect?.obstacle}>Adapt</button></form>
        <button class="quiet" @click=${this.revert} ?disabled=${this.busy || !this.rows.some(row => row.open)}>Take back</button></div>
      ${this.rows.length ? html`<table><thead><tr><th>Version</th><th>State</th><th>What came of it</th><th>Who</th><th>When</th><th></th></tr></thead>
        <tbody>${this.rows.map(row => html`<tr><td>${row.poolVersion}</td><td>${chip(row.state)}</td><td>${this.renderGate(row)}</td>
          <td>${row.actor}</td><td>${day(row.createdAt)}</td><td>${this.renderButtons(row)}</td></tr>`)}</tbody></table>` : nothing}
      </section>`;
  }
}
customElements.define('p-adaptation', Adaptation);
