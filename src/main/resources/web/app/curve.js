// The mean Dice of a pool's answers with what people made of them, week by week and label by label.
import {html} from 'lit';
import {View, colourOf} from './parts.js';

const LIBRARY = '/static/uplot-1.6.32/uPlot.esm.js'; // uPlot, loaded with the first curve
const STYLE = '/static/uplot-1.6.32/uPlot.min.css';
const HEIGHT = 200;
const DAYS = 4 * 86_400; // around the first and the last week

class Curve extends View {
  /** weeks: as the service tells of them, each of one label, the earliest first. */
  static properties = {weeks: {attribute: false}, problem: {state: true}};

  disconnectedCallback() {
    this.clear();
    super.disconnectedCallback();
  }

  clear() {
    this.plot?.destroy();
    this.plot = null;
  }

  updated(changed) {
    if (changed.has('weeks')) this.draw();
  }

  async draw() {
    const turn = this.turn = {};
    await this.attempt(async () => {
      const {default: Plot} = await import(LIBRARY);
      if (turn !== this.turn || !this.isConnected) return;
      this.clear();
      const labels = [...new Set(this.weeks.map(week => week.label))];
      const weeks = [...new Set(this.weeks.map(week => week.week))].sort();
      const of = label => weeks.map(week =>
        this.weeks.find(one => one.week === week && one.label === label)?.meanDice ?? null);
      const place = this.querySelector('.plot');
      this.plot = new Plot({
        width: place.clientWidth, height: HEIGHT,
        scales: {x: {range: (_, first, last) => [first - DAYS, last + DAYS]}, y: {range: [0, 1]}},
        axes: [{}, {label: 'mean Dice'}],
        series: [{label: 'week of', value: '{YYYY}-{MM}-{DD}'}, ...labels.map((label, i) => ({
          label, stroke: colourOf(i), width: 2, spanGaps: true, points: {show: true},
          value: (_, dice) => dice === null || dice === undefined ? '' : dice.toFixed(3)}))],
      }, [weeks.map(week => Date.parse(week) / 1000), ...labels.map(of)], place);
    });
  }

  render() {
    return html`<link rel="stylesheet" href=${STYLE}>${this.renderProblem()}
      <div class="plot" role="img" aria-label="mean Dice by week; the numbers are in the table"></div>`;
  }
}
customElements.define('p-curve', Curve);
