import './style.css';
import './ask.js';
import './pool.js';
import './review.js';
import './adaptation.js';
import './records.js';
import './curve.js';
import './study.js';
import './volume.js';
import './viewer.js';
import {html, nothing} from 'lit';
import {View} from './parts.js';
import {get, identify, may, me} from './service.js';

/** Every view with what one must be allowed to have any use for it; any of these. */
const VIEWS = [
  ['ask', 'Ask', ['ask']], ['pool', 'Pool', ['see-supports']], ['review', 'Review', ['review']],
  ['versions', 'Versions', ['see-supports']], ['answers', 'Answers', ['read-own-answers']],
  ['audit', 'Audit', ['see-supports', 'read-audit']], ['status', 'Status', ['see-tasks']],
];
const allowed = ([, , actions]) => actions.some(may);
/** Views that are opened from another one. */
const WITHIN = {answer: 'answers', study: 'ask'};
const OF_A_POOL = ['pool', 'review', 'versions'];

/** The frame: who is signed in, where one is, and which pool it is about. */
class Page extends View {
  static properties = {tasks: {state: true}, signedOut: {state: true}, route: {state: true}, problem: {state: true}};

  constructor() {
    super();
    this.tasks = null;
    this.route = this.read();
    window.addEventListener('hashchange', () => { this.route = this.read(); });
    window.addEventListener('signed-out', () => { this.signedOut = true; });
    window.addEventListener('pools-changed', () => this.load());
    this.load();
  }

  async load() {
    const tasks = await this.attempt(async () => {
      if (!me) await identify();
      return get('/v1/tasks');
    });
    if (tasks) this.tasks = tasks;
  }

  read() {
    const [view, ...rest] = location.hash.replace(/^#\/?/, '').split('/').map(decodeURIComponent);
    return {view: VIEWS.some(([name]) => name === view) || Object.hasOwn(WITHIN, view) ? view : '', rest};
  }

  /** The view that the address names, else the first that one may use. */
  get view() { return this.route.view || (VIEWS.find(allowed) ?? VIEWS.at(-1))[0]; }

  /** The pool that the address names, else the one looked at last, else the first. */
  pool() {
    const {view, rest} = this.route;
    if (OF_A_POOL.includes(view) && rest.length >= 2) this.chosen = {task: rest[0], pool: rest[1]};
    if (!this.chosen) {
      const task = this.tasks?.find(t => t.pools.length);
      if (task) this.chosen = {task: task.name, pool: task.pools[0].name};
    }
    return this.chosen;
  }

  link(view) {
    const at = this.pool();
    return OF_A_POOL.includes(view) && at
      ? `#/${view}/${encodeURIComponent(at.task)}/${encodeURIComponent(at.pool)}` : `#/${view}`;
  }

  choose(event) {
    const [task, pool] = JSON.parse(event.target.value);
    this.chosen = {task, pool};
    if (OF_A_POOL.includes(this.route.view)) location.hash = this.link(this.route.view);
    else this.requestUpdate();
  }

  signIn(event) {
    event.preventDefault();
    location.href = '/?token=' + encodeURIComponent(event.target.token.value.trim());
  }

  renderSignIn() {
    return html`<main class="narrow"><form class="card" @submit=${this.signIn}>
      <h2>Sign in</h2>
      <label for="token">Key or token (the administrator's is in the file admin.token of the data directory)</label>
      <input id="token" name="token" type="password" autocomplete="off" required>
      <button type="submit">Sign in</button>
      <p><a href="/signin">Single sign-on</a>, where it is set up</p>
      ${location.search === '?refused'
        ? html`<p class="problem" role="alert">This key proves nothing here, or no more.</p>` : nothing}
    </form></main>`;
  }

  renderView() {
    const {rest} = this.route;
    const view = this.view;
    const at = this.pool();
    const known = VIEWS.find(([name]) => name === (WITHIN[view] ?? view));
    if (!allowed(known))
      return html`<p class="card" role="alert">${me.name} is ${me.roles.join(', ') || 'without a role'} here, and may not
        see ${known[1].toLowerCase()}. Whoever keeps the keys of ${me.site ?? 'the service'} can give another role.</p>`;
    if (OF_A_POOL.includes(view) && !at)
      return html`<p class="card">No pool yet: <code>./precedent ingest DIR --task NAME</code> makes one.</p>`;
    const task = this.tasks.find(t => t.name === at?.task);
    switch (view) {
      case 'pool': return html`<p-pool .task=${at.task} .pool=${at.pool} .tab=${rest[2] ?? ''} .subject=${Number(rest[3]) || 0}></p-pool>`;
      case 'review': return html`<p-review .task=${at.task} .pool=${at.pool} .of=${rest[2] || 'unreviewed'}></p-review>`;
      case 'versions': return html`<p-versions .task=${at.task} .pool=${at.pool}></p-versions>`;
      case 'answers': return html`<p-answers .tasks=${this.tasks}></p-answers>`;
      case 'answer': return html`<p-ask .tasks=${this.tasks} .recorded=${rest[0]}></p-ask>`;
      case 'study': return html`<p-study .tasks=${this.tasks} .of=${rest[0]}></p-study>`;
      case 'audit': return html`<p-audit></p-audit>`;
      case 'status': return html`<p-status></p-status>`;
      default: return html`<p-ask .tasks=${this.tasks} .chosen=${task ? at : null}></p-ask>`;
    }
  }

  render() {
    const at = this.signedOut || !this.tasks ? null : this.pool();
    return html`
      <header>
        <h1><a href="#/">Precedent</a></h1>
        ${this.signedOut ? nothing : html`<nav aria-label="views">${VIEWS.filter(allowed).map(([view, text]) => html`
          <a href=${this.tasks ? this.link(view) : `#/${view}`}
            aria-current=${(WITHIN[this.view] ?? this.view) === view ? 'page' : nothing}>${text}</a>`)}</nav>
          <label class="which">Pool <select @change=${this.choose}>${(this.tasks ?? []).flatMap(t => t.pools.map(p => html`
            <option value=${JSON.stringify([t.name, p.name])} ?selected=${at?.task === t.name && at?.pool === p.name}>
            ${t.name} / ${p.name} (version ${p.version})</option>`))}</select></label>
          <span class="links">${me ? html`<span title=${`${me.name}: ${me.roles.join(', ')}`}>${me.name}${me.site ? ` of ${me.site}` : ''}</span>` : nothing}
            <a href="/swagger-ui">API</a> <a href="/?signout">Sign out</a></span>`}
        <span class="notice">Research software, not a medical device.</span>
      </header>
      ${this.signedOut ? this.renderSignIn()
        : html`<main>${this.renderProblem()}${this.tasks ? this.renderView() : nothing}</main>`}
      <p-toast></p-toast>`;
  }
}
customElements.define('precedent-page', Page);
