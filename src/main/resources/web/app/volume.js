// A study as a volume: three planes and in space, with its label map; a click goes to the slice that was answered there.
import {html, nothing} from 'lit';
import {View, colourOf} from './parts.js';
import {bytes} from './service.js';

const LIBRARY = '/static/niivue-0.69.0/niivue.umd.js'; // NiiVue: 2.3 MB, loaded when somebody wants to see a volume
const SHOWN = [['multiplanar', 'planes and space'], ['render', 'space'], ['axial', 'axial'], ['coronal', 'coronal'], ['sagittal', 'sagittal']];
const KIND = {axial: 0, coronal: 1, sagittal: 2, multiplanar: 3, render: 4};
const ALWAYS = 1;
const GRID = 2;

class Volume extends View {
  /** study: as the service tells of it; at: the slice that is looked at; sends 'slice' with the number of another one. */
  static properties = {
    study: {attribute: false}, at: {type: Number},
    shown: {state: true}, opacity: {state: true}, where: {state: true}, problem: {state: true}, ready: {state: true},
  };

  constructor() {
    super();
    this.shown = 'multiplanar';
    this.opacity = 0.4;
  }

  disconnectedCallback() {
    this.viewer?.cleanup();
    this.viewer?.gl.getExtension('WEBGL_lose_context')?.loseContext();
    this.viewer = null;
    super.disconnectedCallback();
  }

  firstUpdated() { this.open(); }

  updated(changed) {
    if (changed.has('at') && this.ready) this.moveTo(this.at);
  }

  async open() {
    await this.attempt(async () => {
      if (!document.createElement('canvas').getContext('webgl2'))
        throw new Error('This browser has no WebGL 2, which volumes need; the slices below are there without it.');
      const {id, name, result, valueRange: [low, high], labels} = this.study;
      const [image, map] = await Promise.all([
        bytes(`/v1/studies/${encodeURIComponent(id)}/image`), bytes(`${result}?as=nifti`), import(LIBRARY)]);
      const {Niivue, NVImage} = globalThis.niivue;
      const viewer = new Niivue({
        isRadiologicalConvention: true, dragAndDropEnabled: false, multiplanarShowRender: ALWAYS, backColor: [0, 0, 0, 1],
        multiplanarLayout: GRID, crosshairWidth: 0.6, crosshairWidthUnit: 'percent', logLevel: 'error', show3Dcrosshair: true,
        viewModeHotKey: '', clipPlaneHotKey: '', cycleClipPlaneHotKey: '', // the page's own controls would not know
      });
      await viewer.attachToCanvas(this.querySelector('canvas'));
      if (!this.isConnected) { viewer.cleanup(); return; }
      viewer.addVolume(await NVImage.new(await image.arrayBuffer(), `${name}.nii.gz`, 'gray', 1, null, low, high));
      const masks = await NVImage.new(await map.arrayBuffer(), 'labels.nii.gz', 'gray', this.opacity);
      masks.setColormapLabel(colours(labels));
      viewer.addVolume(masks);
      viewer.onLocationChange = place => this.moved(place);
      this.viewer = viewer;
      this.show(this.shown);
      this.ready = true;
      this.moveTo(this.at ?? 0);
    });
  }

  show(kind) {
    this.shown = kind;
    this.viewer?.setSliceType(KIND[kind]);
  }

  setOpacity(value) {
    this.opacity = value;
    this.viewer?.setOpacity(1, value);
  }

  /** The axis of the file's grid along which it was cut. */
  get axis() { return 'ijk'.indexOf(this.study.axis); }

  /** From voxels in the file's own order to millimetres: rows of four. The library's voxels are in another order. */
  get affine() { return this.viewer.volumes[0].hdr.affine; }

  moved(place) {
    const voxel = voxelOf(this.affine, place.mm);
    const value = place.values?.[0]?.value;
    const label = this.study.labels.find(one => one.value === Math.round(place.values?.[1]?.value ?? 0))?.label;
    this.where = `voxel ${voxel.join(', ')}${value === undefined ? '' : `: ${Number(value.toPrecision(5))}`}${label ? `, ${label}` : ''}`;
    const slice = voxel[this.axis];
    if (slice === this.at || slice < 0 || slice >= this.study.slices) return;
    this.at = slice;
    this.dispatchEvent(new CustomEvent('slice', {detail: slice}));
  }

  /** The crosshair goes to the slice that is looked at, and stays where it was within it. */
  moveTo(slice) {
    const {viewer, affine} = this;
    const voxel = voxelOf(affine, viewer.frac2mm(viewer.scene.crosshairPos, 0, true));
    voxel[this.axis] = slice;
    viewer.scene.crosshairPos = viewer.mm2frac(placeOf(affine, voxel), 0, true);
    viewer.createOnLocationChange();
    viewer.drawScene();
  }

  render() {
    return html`<div class="tools" role="group" aria-label="volume">
        <label>Show <select @change=${event => this.show(event.target.value)}>${SHOWN.map(([kind, name]) => html`
          <option value=${kind} ?selected=${kind === this.shown}>${name}</option>`)}</select></label>
        <label>Masks <input type="range" min="0" max="1" step="0.05" .value=${String(this.opacity)} aria-label="opacity of the masks"
          @input=${event => this.setOpacity(Number(event.target.value))}></label>
        <output>${this.ready ? this.where : this.problem ? '' : 'Getting the volume …'}</output></div>
      ${this.renderProblem()}
      <div class="volume" ?hidden=${Boolean(this.problem)}><canvas tabindex="0" aria-label="the volume in three planes and in space"></canvas></div>
      ${this.ready ? html`<p class="facts">Shown in the values of black and white above, left of the patient at the right. Only planes along axis
        ${this.study.axis} were asked; what the others show of a mask is those slices side by side. Click for the slice that was answered there;
        drag in space to turn it.</p>` : nothing}`;
  }
}
customElements.define('p-volume', Volume);

/** The colours of the label map's values, those of the slices; 0 is nothing. */
function colours(labels) {
  const map = {R: [0], G: [0], B: [0], A: [0], I: [0], labels: ['']};
  labels.forEach(({label, value}, i) => {
    const colour = Number.parseInt(colourOf(i).slice(1), 16);
    map.R.push(colour >> 16);
    map.G.push(colour >> 8 & 255);
    map.B.push(colour & 255);
    map.A.push(255);
    map.I.push(value);
    map.labels.push(label);
  });
  return map;
}

/** Where the middle of a voxel is, in millimetres. */
function placeOf(affine, voxel) {
  return affine.slice(0, 3).map(([i, j, k, origin]) => i * voxel[0] + j * voxel[1] + k * voxel[2] + origin);
}

/** The voxel that a place is in, by Cramer's rule. */
function voxelOf(affine, place) {
  const [a, b, c, d] = [0, 1, 2, 3].map(column => [0, 1, 2].map(row => affine[row][column]));
  const to = Array.from(place).slice(0, 3).map((mm, row) => mm - d[row]);
  const whole = determinant(a, b, c);
  return [determinant(to, b, c), determinant(a, to, c), determinant(a, b, to)].map(part => Math.round(part / whole));
}

function determinant(a, b, c) {
  return a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0]);
}
