// A study: how far it is, its label map in the caller's formats, and each slice's answer as that of an image.
import {html, nothing} from 'lit';
import {KeyedView, chip, colourOf, day, tell} from './parts.js';
import {bytes, get, pause, remove} from './service.js';

const FORMATS = [['nifti', 'NIfTI', '.nii.gz'], ['nrrd', 'NRRD', '.seg.nrrd'], ['dicom-seg', 'DICOM SEG', '.dcm'], ['png', 'PNG', '.zip']];
const OPEN = ['queued', 'running'];
const EVERY = 1000;

class Study extends KeyedView {
  static properties = {of: {}, tasks: {attribute: false}, study: {state: true}, at: {state: true}, volume: {state: true}, problem: {state: true}};

  disconnectedCallback() {
    this.turn = null;
    super.disconnectedCallback();
  }

  willUpdate(changed) {
    if (changed.has('of')) this.follow();
  }

  /** Looks again until it has ended; a look that failed is told, and the next one may be well again. */
  async follow() {
    const turn = this.turn = {};
    this.study = null;
    this.at = undefined;
    this.volume = false;
    for (;;) {
      const found = await this.attempt(() => get(`/v1/studies/${encodeURIComponent(this.of)}`));
      if (turn !== this.turn) return;
      if (found) this.take(found);
      else if (!this.study) return;
      if (!OPEN.includes(this.study.state)) return;
      await pause(EVERY);
      if (turn !== this.turn) return;
    }
  }

  take(study) {
    this.study = study;
    const answered = study.answers.filter(slice => slice.answer);
    // Where nobody has chosen one, the middle one of those there are when it is done.
    if (this.at === undefined && study.state === 'done' && answered.length)
      this.at = answered[Math.floor(answered.length / 2)].slice;
  }

  get slice() { return this.study?.answers.find(one => one.slice === this.at); }

  key(event) {
    if (['SELECT', 'TEXTAREA', 'INPUT'].includes(event.target.tagName)) return;
    const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (!step || !this.study) return;
    event.preventDefault();
    this.step(step);
  }

  /** To the next slice that is answered, or of which it is known that it was not asked. */
  step(by) {
    const numbers = this.study.answers.map(one => one.slice);
    const at = numbers.indexOf(this.at);
    const next = numbers[at < 0 ? 0 : Math.max(0, Math.min(numbers.length - 1, at + by))];
    if (next !== undefined) this.at = next;
  }

  async cancel() {
    const open = OPEN.includes(this.study.state);
    const left = await this.attempt(() => remove(`/v1/studies/${this.study.id}`));
    if (!left) return;
    if (open) this.take(left);
    else {
      tell('The study and its label map are gone; the answers of its slices stay.');
      location.hash = '#/answers';
    }
  }

  async save([format, , suffix]) {
    const study = this.study;
    const file = await this.attempt(() => bytes(`${study.result}?as=${format}`));
    if (!file) return;
    const link = document.createElement('a');
    link.href = URL.createObjectURL(file);
    link.download = study.name.replace(/(\.seg)?\.(nii\.gz|nii|nrrd|dcm|zip)$/i, '') + suffix;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  renderState(study) {
    if (OPEN.includes(study.state)) {
      const left = study.secondsLeft === null ? '' : `, about ${study.secondsLeft} s left`;
      return html`<p aria-live="polite"><progress aria-label="slices" max=${study.slices} value=${study.slicesDone}></progress>
        ${study.state === 'queued' ? 'It waits for its turn' : `${study.slicesDone} of ${study.slices} slices${left}`}.
        <button class="quiet small" @click=${this.cancel} ?disabled=${this.busy && !this.study}>Cancel</button></p>`;
    }
    if (study.state !== 'done')
      return html`<p class="warning" role="alert">It ${study.state === 'failed' ? 'failed' : 'was cancelled'}
        after ${study.slicesDone} of ${study.slices} slices${study.reason ? `: ${study.reason}` : ''}. There is no label map.</p>`;
    return html`<table><thead><tr><th>Label</th><th>Value</th><th>Voxels</th><th>Volume</th></tr></thead>
        <tbody>${study.labels.map((one, i) => html`<tr><td><svg width="12" height="12" aria-hidden="true"><rect width="12" height="12"
          fill=${colourOf(i)}></rect></svg> ${one.label}</td><td>${one.value}</td><td>${one.voxels ?? ''}</td>
          <td>${one.millilitres === null ? 'spacing not known' : `${one.millilitres} ml`}</td></tr>`)}</tbody></table>
      <div class="tools" role="group" aria-label="label map as a file">Label map ${FORMATS.filter(one => study.formats.includes(one[0])).map(format => html`
        <button class="quiet small" @click=${() => this.save(format)}>${format[1]}</button>`)}
        <button class="quiet small" @click=${this.cancel}>Let go of it</button></div>
      <p class="tools"><button class="quiet small" aria-expanded=${String(Boolean(this.volume))} @click=${() => { this.volume = !this.volume; }}>${
        this.volume ? 'Close the volume' : 'Show it as a volume'}</button></p>
      ${this.volume ? html`<p-volume .study=${study} .at=${this.at} @slice=${event => { this.at = event.detail; }}></p-volume>` : nothing}
      <p class="facts">On the grid of what was sent. Kept until ${day(study.expiresAt)} UTC.${study.push
        ? ` In the archive: ${study.push.state}${study.push.reason ? `, ${study.push.reason}` : ''}.` : ''}</p>`;
  }

  renderCautions(study) {
    const doubtful = study.answers.filter(one => Object.keys(one.insufficientPrecedent).length);
    if (doubtful.length === 0) return nothing;
    return html`<p class="warning">Insufficient precedent in ${doubtful.length} of ${study.answers.length} slices:
      ${doubtful.slice(0, 20).map(one => html`<button class="quiet small" @click=${() => { this.at = one.slice; }}>${one.slice}</button> `)}${
      doubtful.length > 20 ? `and ${doubtful.length - 20} more` : ''}</p>`;
  }

  renderSlices(study) {
    if (study.answers.length === 0) return nothing;
    const slice = this.slice;
    return html`<div class="tools slices"><label>Slice <input type="range" min="0" max=${study.slices - 1} step="1"
          .value=${String(this.at ?? 0)} aria-valuetext=${this.at === undefined ? 'none' : `slice ${this.at} of ${study.slices}`}
          @input=${event => { this.at = Number(event.target.value); }}></label>
        <output>${this.at ?? "none"} (0 to ${study.slices - 1})</output>
        <button class="quiet small" @click=${() => this.step(-1)}>Previous <kbd>←</kbd></button>
        <button class="quiet small" @click=${() => this.step(1)}>Next <kbd>→</kbd></button></div>
      ${this.at === undefined ? nothing
        : !slice ? html`<p class="facts" aria-live="polite">Slice ${this.at} is not answered ${OPEN.includes(study.state) ? 'yet' : ''}.</p>`
        : slice.answer ? nothing
        : html`<p class="facts" aria-live="polite">Slice ${this.at} is of one value and was not asked: nothing is in it.</p>`}`;
  }

  render() {
    const study = this.study;
    if (!study) return this.renderProblem();
    return html`<section class="card"><h2>${study.name} <small>${study.task} / ${study.pool} version ${study.poolVersion}</small>
        ${chip(study.state)}</h2>
      <p class="facts">${study.slices} slices along axis ${study.axis}${study.plane ? ` (${study.plane})` : ''}, values
        ${study.valueRange.map(value => Number(value.toPrecision(4))).join(' to ')} shown black to white; sent ${day(study.createdAt)} UTC. ${study.notice}</p>
      ${this.renderProblem()}${this.renderState(study)}${this.renderCautions(study)}${this.renderSlices(study)}</section>
      ${this.slice?.answer ? html`<p-ask .tasks=${this.tasks} .recorded=${this.slice.answer}></p-ask>` : nothing}`;
  }
}
customElements.define('p-study', Study);
