// What several views share: an element without a shadow, thumbnails, messages with undo.
import {LitElement, html, nothing} from 'lit';
import {thumbnail, undo} from './service.js';

/** The order and colours of labels, as the service draws them (Okabe and Ito first). */
export const COLOURS = ['#E69F00', '#56B4E9', '#009E73', '#F0E442', '#0072B2', '#D55E00', '#CC79A7', '#0000FF'];
export const colourOf = index => COLOURS[index % COLOURS.length];

/** An element of the page itself: its styles are those of the page. */
export class View extends LitElement {
  createRenderRoot() { return this; }

  /** Runs something that may be refused, and shows the refusal in place of what it was about. */
  async attempt(work) {
    this.problem = '';
    this.busy = true;
    this.requestUpdate();
    try {
      return await work();
    } catch (problem) {
      this.problem = problem.message;
      return undefined;
    } finally {
      this.busy = false;
      this.requestUpdate();
    }
  }

  renderProblem() {
    return this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing;
  }
}

/** A view that hears keys wherever the focus is, but those that mean something else to the browser. */
export class KeyedView extends View {
  #heard = event => { if (!event.ctrlKey && !event.metaKey && !event.altKey) this.key(event); };

  connectedCallback() {
    super.connectedCallback();
    window.addEventListener('keydown', this.#heard);
  }

  disconnectedCallback() {
    window.removeEventListener('keydown', this.#heard);
    super.disconnectedCallback();
  }
}

/** Tells what was done, with a button that takes it back. */
export function tell(text, action, then) {
  window.dispatchEvent(new CustomEvent('told', {detail: {text, action, then}}));
}

class Toast extends View {
  static properties = {message: {state: true}, problem: {state: true}};

  connectedCallback() {
    super.connectedCallback();
    this.onTold = event => { this.message = event.detail; this.problem = ''; };
    window.addEventListener('told', this.onTold);
  }

  disconnectedCallback() {
    window.removeEventListener('told', this.onTold);
    super.disconnectedCallback();
  }

  async takeBack() {
    const {action, then} = this.message;
    try {
      const undone = await undo(action);
      this.message = {text: `Action ${action} was taken back.`, action: undone.action, then};
      then?.();
    } catch (problem) {
      this.problem = problem.message;
    }
  }

  render() {
    if (!this.message) return nothing;
    return html`<div class="toast" role="status">
      <span>${this.message.text}</span>
      ${this.message.action ? html`<button @click=${this.takeBack}>Undo</button>` : nothing}
      <button class="quiet" aria-label="close this message" @click=${() => { this.message = null; }}>×</button>
      ${this.renderProblem()}</div>`;
  }
}
customElements.define('p-toast', Toast);

class Thumb extends View {
  static properties = {annotation: {type: Number}, name: {}, source: {state: true}, lost: {state: true}};

  willUpdate(changed) {
    if (!changed.has('annotation')) return;
    this.source = undefined;
    this.lost = false;
    const id = this.annotation;
    if (!id) return;
    thumbnail(id).then(
      source => { if (id === this.annotation) this.source = source; },
      () => { if (id === this.annotation) this.lost = true; });
  }

  render() {
    return this.source
      ? html`<img src=${this.source} alt=${this.name ?? ''} draggable="false">`
      : html`<span class="blank">${this.lost ? 'not to be had' : ''}</span>`;
  }
}
customElements.define('p-thumb', Thumb);

export const day = moment => moment ? moment.slice(0, 16).replace('T', ' ') : '';
export const chip = state => html`<span class="chip ${state}">${state}</span>`;
