// Ask: an image in, masks out, and what they rest on. Trust first, provenance second, milliseconds last.
import {html, nothing} from 'lit';
import {View, chip, colourOf, day, tell} from './parts.js';
import {address, get, may, post, postForm} from './service.js';

/** Names of what is one image; anything else is a study, and the service looks into it. */
const IMAGE = /\.(png|bmp|jpe?g|tiff?)$/i;

class Ask extends View {
  static properties = {
    tasks: {attribute: false}, chosen: {attribute: false}, recorded: {},
    answer: {state: true}, files: {state: true}, task: {state: true}, problem: {state: true}, seconds: {state: true},
    correcting: {state: true}, looked: {state: true}, enlarged: {state: true}, facts: {state: true}, verdict: {state: true},
  };

  willUpdate(changed) {
    if (changed.has('recorded') && this.recorded) this.open(this.recorded);
    if (changed.has('chosen') && this.chosen && !this.task) this.task = this.chosen.task;
    if (!this.task && this.tasks?.length) this.task = this.tasks[0].name;
  }

  disconnectedCallback() {
    clearInterval(this.clock);
    this.turn = null;
    super.disconnectedCallback();
  }

  /** Nothing of an older answer stays when another one is asked for. */
  clear() {
    this.answer = null;
    this.looked = null;
    this.enlarged = null;
    this.correcting = null;
    this.verdict = null;
    this.facts = new Map();
    return this.turn = {};
  }

  async open(id) {
    const turn = this.clear();
    const answer = await this.attempt(() => get(`/v1/segmentations/${encodeURIComponent(id)}`));
    if (turn === this.turn && answer) this.show(answer);
  }

  /** One image, or the files of a study: those of one DICOM series, or one of any other kind. */
  take(files) {
    if (files.length === 0) return;
    this.clear();
    this.files = [...files];
  }

  get isStudy() { return this.files?.length > 1 || this.files?.length === 1 && !IMAGE.test(this.files[0].name); }

  async segment(event) {
    event.preventDefault();
    const form = event.target;
    const data = new FormData(form);
    for (const [name, value] of [...data.entries()])
      if (value === '' || name === 'image' || name === 'labels') data.delete(name);
    const study = this.isStudy;
    for (const file of this.files) data.append(study ? 'study' : 'image', file);
    const labels = [...form.querySelectorAll('[name=labels]:checked')].map(box => box.value);
    if (labels.length) data.append('labels', labels.join(','));
    const turn = this.clear();
    this.seconds = 0;
    clearInterval(this.clock);
    const began = performance.now();
    this.clock = setInterval(() => { this.seconds = (performance.now() - began) / 1000; }, 200);
    const answer = await this.attempt(() => postForm('/v1/segmentations', data));
    clearInterval(this.clock);
    if (turn !== this.turn || !answer) return;
    if (study) location.hash = `#/study/${answer.id}`;
    else this.show(answer);
  }

  show(answer) {
    this.answer = answer;
    const ids = [...new Set(answer.labels.flatMap(label => label.supports.map(s => s.annotationId)))].slice(0, 1000);
    if (ids.length === 0) return;
    // Who may not see what is in pools gets no more than the answer itself says.
    if (!may('see-supports')) return;
    get(address('/v1/curation/annotations', {ids: ids.join(','), limit: 1000}))
      .then(page => { if (answer === this.answer) this.facts = new Map(page.rows.map(row => [row.id, row])); })
      .catch(() => {});
  }

  async judge(verdict) {
    const id = this.answer.id;
    const reason = this.querySelector('#reason').value || `${verdict} on the page`;
    const kept = await this.attempt(() => post(`/v1/curation/segmentations/${id}/verdict`, {verdict, reason}));
    if (kept) this.kept(kept);
  }

  async correct() {
    const answer = this.answer;
    const viewer = this.querySelector('p-viewer');
    const data = new FormData();
    data.append('reason', this.querySelector('#reason').value || 'corrected on the page');
    const labels = answer.labels.map(l => l.label).filter(label => viewer.changed(label));
    if (labels.length === 0) {
      this.problem = 'Nothing was drawn: paint over the mask first, or accept it as it is.';
      return;
    }
    for (const label of labels) data.append(`mask.${label}`, await viewer.file(label), `${label}.png`);
    const kept = await this.attempt(() => postForm(`/v1/curation/segmentations/${answer.id}/corrections`, data));
    if (kept) this.kept(kept);
  }

  kept(kept) {
    this.correcting = null;
    this.verdict = kept;
    const dice = Object.entries(kept.dice).map(([label, value]) => `${label} ${value.toFixed(3)}`).join(', ');
    tell(`The answer is ${kept.verdict}${kept.annotations.length
      ? `; ${kept.annotations.length} annotation${kept.annotations.length > 1 ? 's wait' : ' waits'} for review` : ''}${
      dice && kept.verdict === 'corrected' ? ` (Dice ${dice})` : ''}.`, kept.action, () => { this.verdict = null; });
    window.dispatchEvent(new Event('pools-changed'));
  }

  async again() {
    const id = this.answer.id;
    const compared = await this.attempt(() => post(`/v1/curation/segmentations/${id}/again`));
    if (compared && this.answer?.id === id) this.compared = {id, ...compared};
  }

  trust(label) {
    const c = label.confidence;
    if (c && c.insufficientPrecedent && c.predictedDice === null)
      return html`<p class="warning">Insufficient precedent: ${c.reason}.</p>`;
    if (!c || !c.calibrated)
      return html`<p class="warning">Not calibrated: how far to trust this mask is not known
        (<code>./precedent calibrate</code>).</p>`;
    let digits = 2; // as many as show on which side of the threshold it is
    while (digits < 6 && c.predictedDice.toFixed(digits) === c.threshold.toFixed(digits)) digits++;
    const text = `Predicted Dice ${c.predictedDice.toFixed(digits)} (threshold ${c.threshold.toFixed(digits)})`;
    return c.insufficientPrecedent
      ? html`<p class="warning">Insufficient precedent: ${c.reason}. ${text}.</p>`
      : html`<p class="good">${text}.</p>`;
  }

  renderForm() {
    const task = this.tasks.find(t => t.name === this.task);
    return html`<form class="card ask" @submit=${this.segment}>
      <label class="drop ${this.files ? 'full' : ''}" @dragover=${e => e.preventDefault()}
        @drop=${e => { e.preventDefault(); this.take(e.dataTransfer.files); }}>
        ${this.files ? this.files.length === 1 ? this.files[0].name : `${this.files.length} files of one series`
          : 'Drop an image (PNG, BMP, JPEG, TIFF) or a study (NIfTI, NRRD, the files of a DICOM series, a zip) here, or choose'}
        <input name="image" type="file" multiple aria-label="Image or study" @change=${e => this.take(e.target.files)}></label>
      <label>Task <select name="task" required @change=${e => { this.task = e.target.value; }}>
        ${this.tasks.map(t => html`<option value=${t.name} ?selected=${t.name === this.task}>${t.name}</option>`)}</select></label>
      <fieldset><legend>Labels (all where none is chosen)</legend>
        ${(task?.labels ?? []).map(label => html`<label class="toggle"><input type="checkbox" name="labels"
          value=${label}> ${label}</label>`)}</fieldset>
      <label>Support pool <select name="pool">${(task?.pools ?? []).map(p => html`
        <option value=${p.name} ?selected=${this.chosen?.pool === p.name}>${p.name} (version ${p.version})</option>`)}</select></label>
      <label>Patient pseudonym (never supports itself) <input name="patient"></label>
      <details><summary>How supports are chosen</summary>
        <label>Supports <input name="supportSize" type="number" min="1" max="1024" value="16"></label>
        <label>Chosen <select name="strategy"><option value="image">most similar images</option>
          <option value="location">similar locations along the contour</option>
          <option value="object">similar objects</option><option value="fused">all three together</option>
          <option value="random">at random</option></select></label>
        <label>Temperature (pool, uniform, or 0.00001 to 100) <input name="temperature" value="pool"></label>
        <label>Look again from nearer by <select name="closeUp">
          <option value="pool">where the pool gains by it</option><option value="true">always (for small objects; slower)</option>
          <option value="false">never</option></select></label>
      </details>
      <button type="submit" ?disabled=${this.busy || !this.files || !this.task}>
        ${this.busy && !this.answer ? `${this.isStudy ? 'Sending' : 'Segmenting'}… ${(this.seconds ?? 0).toFixed(0)} s` : 'Segment'}</button>
    </form>`;
  }

  renderAnswer(a) {
    const layers = this.layersOf(a);
    return html`<section class="card answer" aria-live="polite">
      <h2>${a.query.name} <small>${a.task} / ${a.pool} version ${a.poolVersion}</small></h2>
      ${a.labels.map(label => html`<div class="trust"><strong>${label.label}</strong>${this.trust(label)}
        ${label.belowResolution ? html`<p class="warning">Below the network's resolution: ${label.belowResolution}.</p>` : nothing}
        ${label.shortfall ? html`<p class="facts">${label.shortfall}</p>` : nothing}</div>`)}
      <p-viewer .image=${`/v1/curation/segmentations/${a.id}/query.png`} .layers=${layers} .brush=${this.correcting}
        .name=${`${a.query.name} with the masks of ${a.labels.map(l => l.label).join(', ')}`}
        @pixel=${event => { this.looked = event.detail; }}></p-viewer>
      <p class="facts">Click a pixel to see where it looked in the supports.</p>
      ${this.renderLooked(a)}
      ${may('judge') ? html`<div class="verdict" role="group" aria-label="verdict">
        <label>Why <input id="reason" placeholder="kept with the verdict" maxlength="200"></label>
        ${this.correcting
          ? html`<label>Draws <select @change=${e => { this.correcting = e.target.value; }}>${a.labels.map(l => html`
              <option ?selected=${l.label === this.correcting}>${l.label}</option>`)}</select></label>
            <button @click=${this.correct} ?disabled=${this.busy}>Keep the correction</button>
            <button class="quiet" @click=${() => { this.correcting = null; this.querySelector('p-viewer').load(); }}>Cancel</button>`
          : html`<button @click=${() => this.judge('accepted')} ?disabled=${this.busy}>Accept</button>
            <button @click=${() => { this.correcting = a.labels[0].label; }}>Correct</button>
            <button class="danger" @click=${() => this.judge('rejected')} ?disabled=${this.busy}>Reject</button>
            ${may('ask') ? html`<button class="quiet" @click=${this.again} ?disabled=${this.busy}>Ask again</button>` : nothing}`}
        ${this.verdict ? html`<span class="chip ${this.verdict.verdict}">${this.verdict.verdict}</span>` : nothing}
      </div>` : nothing}
      ${this.compared?.id === a.id ? html`<p class="facts">Asked again of version ${this.compared.versionNow}:
        ${this.compared.labels.map(l => `${l.label}: Dice ${l.dice.toFixed(3)} with this mask, ${l.supportsKept} of ${l.supportsThen} supports again`).join('; ')}.
        <a href="#/answer/${this.compared.now}">Open that answer</a></p>` : nothing}
      ${a.labels.map((label, i) => html`<h3><svg width="12" height="12" aria-hidden="true"><rect width="12" height="12"
          fill=${colourOf(i)}></rect></svg> ${label.label} rests on ${label.supports.length} of ${label.eligible} eligible</h3>
        <div class="strip">${label.supports.map(s => this.renderSupport(label, s))}</div>`)}
      <details><summary>Everything else</summary>
        <p class="facts">Answer ${a.id} of ${day(a.createdAt)}. ${a.model.network}, weights
          ${a.model.weightsSha256.slice(0, 12)}, strategy ${a.strategy}, temperature ${a.temperature}.
          ${Object.entries(a.timingsMs).map(([stage, ms]) => `${stage} ${ms.toFixed(1)} ms`).join(', ')}.
          ${a.labels.map(l => html` ${l.label}: ${l.area} pixels${l.closeUp ? ', looked at again from nearer by' : ''}, effective supports ${l.effectiveSupports.toFixed(1)},
            <a href=${l.mask}>mask</a>, <a href=${l.probabilities}>probabilities</a>.`)}
          <a href="#/answer/${a.id}">Address of this answer</a></p></details>
      <p class="facts">${a.notice}</p>
      ${this.renderEnlarged(a)}
    </section>`;
  }

  /** The same array as long as the answer is the same, so that the viewer keeps what is drawn. */
  layersOf(a) {
    if (this.layered !== a) {
      this.layered = a;
      this.layers = a.labels.map((l, i) => ({label: l.label, colour: colourOf(i), mask: l.mask, probabilities: l.probabilities}));
    }
    return this.layers;
  }

  renderSupport(label, s) {
    const facts = this.facts?.get(s.annotationId);
    return html`<button class="support" @click=${() => { this.enlarged = {label, s}; }}
      aria-label="support ${s.name}, weight ${s.weight.toFixed(3)}">
      <p-thumb .annotation=${s.annotationId} .name=${s.name}></p-thumb>
      <span class="name">${s.name}</span>
      <meter min="0" max="1" value=${s.weight} title="weight"></meter>
      <span>weight ${s.weight.toFixed(3)}, similarity ${s.similarity.toFixed(3)}</span>
      ${facts ? html`<span>${facts.site ?? 'another site'} ${chip(facts.state)}</span>` : nothing}</button>`;
  }

  renderLooked(a) {
    if (!this.looked || this.correcting) return nothing;
    const {x, y} = this.looked;
    return html`<div class="looked"><h3>Where pixel ${x}, ${y} looked</h3>
      <p class="facts">The query with the pixel marked, then its supports: the brighter, the more attention.</p>
      ${a.labels.map(l => html`<figure><figcaption>${l.label}</figcaption>
        <img alt="attention of ${l.label} at ${x}, ${y}"
          src=${address(`/v1/segmentations/${a.id}/attention.png`, {label: l.label, x: String(x), y: String(y)})}
          @error=${event => { event.target.alt = 'The network that answered has no attention to show here.'; }}></figure>`)}
      <button class="quiet" @click=${() => { this.looked = null; }}>Close</button></div>`;
  }

  async influence() {
    const {label, s} = this.enlarged;
    const id = this.answer.id;
    const found = await this.attempt(() => get(address(`/v1/segmentations/${id}/influence`,
      {label: label.label, annotation: s.annotationId})));
    if (!found || this.enlarged?.s !== s) return;
    const without = found.labels[0].supports[0];
    this.enlarged = {label, s, without: without
      ? `Without it: Dice ${without.dice.toFixed(3)} with this mask, ${without.areaChange > 0 ? '+' : ''}${without.areaChange} pixels.`
      : found.labels[0].note};
  }

  renderEnlarged(a) {
    if (!this.enlarged) return nothing;
    const {label, s, without} = this.enlarged;
    return html`<div class="overlay" role="dialog" aria-label="support ${s.name}" tabindex="-1"
      @keydown=${e => { if (e.key === 'Escape') this.enlarged = null; }}>
      <div class="card"><h3>${s.name}</h3>
      <img alt="${s.name} with its mask" src="/v1/annotations/${s.annotationId}/overlay.png">
      <p class="facts">Annotation ${s.annotationId}, version ${s.annotationVersion}; weight ${s.weight.toFixed(3)},
        similarity ${s.similarity.toFixed(3)}.</p>
      ${without ? html`<p>${without}</p>` : html`<button @click=${this.influence} ?disabled=${this.busy}>
        ${label.label} without it?</button>`}
      <button class="quiet" @click=${() => { this.enlarged = null; }}>Close</button></div></div>`;
  }

  updated(changed) {
    if (changed.has('enlarged') && this.enlarged) this.querySelector('.overlay')?.focus();
  }

  render() {
    return html`<div class="columns">${this.recorded ? nothing : this.renderForm()}
      <div>${this.renderProblem()}${this.answer ? this.renderAnswer(this.answer)
        : this.problem || this.busy ? nothing
          : html`<section class="card"><h2>Ask by precedent</h2><p>Choose an image or a study, and a task. The answer shows the mask, how far to
            trust it, and the annotated images it rests on, each with its weight; of a study, slice by slice.</p></section>`}</div></div>`;
  }
}
customElements.define('p-ask', Ask);
