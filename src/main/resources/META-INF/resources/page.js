const form = document.getElementById('query');
const problem = document.getElementById('problem');
const answer = document.getElementById('answer');
let tasks = [];

function element(name, text, attributes = {}) {
  const e = document.createElement(name);
  if (text !== undefined) e.textContent = text;
  Object.assign(e, attributes);
  return e;
}

function pools() {
  const task = tasks.find(t => t.name === form.task.value);
  form.pool.replaceChildren(...(task ? task.pools : []).map(p =>
    element('option', `${p.name} (version ${p.version})`, {value: p.name})));
}

// Without a session there is nothing to see: ask for a key, which the service turns into one.
function signIn() {
  const signin = document.getElementById('signin');
  signin.hidden = false;
  document.querySelector('main').hidden = true;
  if (location.search === '?refused') {
    document.getElementById('refusal').textContent = 'This key proves nothing here, or no more.';
  }
  signin.addEventListener('submit', event => {
    event.preventDefault();
    location.href = '/?token=' + encodeURIComponent(signin.token.value.trim());
  });
}

async function load() {
  const response = await fetch('/v1/tasks');
  if (response.status === 401) return signIn();
  tasks = await response.json();
  form.task.replaceChildren(...tasks.map(t =>
    element('option', `${t.name}: ${t.labels.join(', ')}`, {value: t.name})));
  pools();
  if (tasks.length === 0) problem.textContent = 'No task yet: ingest annotated images first.';
}

function trust(c) {
  if (c && c.insufficientPrecedent && c.predictedDice === null)
    return element('p', `Insufficient precedent: ${c.reason}.`, {className: 'warning'});
  if (!c || !c.calibrated) return element('p', 'Not calibrated: how far to trust this mask is not known ' +
    '(precedent calibrate).', {className: 'warning'});
  let digits = 2; // as many as show on which side of the threshold it is
  while (digits < 6 && c.predictedDice.toFixed(digits) === c.threshold.toFixed(digits)) digits++;
  const text = `Predicted Dice ${c.predictedDice.toFixed(digits)} (threshold ${c.threshold.toFixed(digits)}).`;
  return c.insufficientPrecedent
    ? element('p', `Insufficient precedent: ${c.reason}. ${text}`, {className: 'warning'})
    : element('p', text, {className: 'facts'});
}

// A click on the query asks where that pixel looked in the supports.
function askAttention(event, a, place) {
  const image = event.currentTarget;
  const x = Math.floor(event.offsetX / image.clientWidth * a.query.width);
  const y = Math.floor(event.offsetY / image.clientWidth * a.query.width);
  if (y >= a.query.height) return;
  place.replaceChildren(element('h3', `Attention of pixel ${x}, ${y}`), ...a.labels.flatMap(l => {
    const url = `/v1/segmentations/${a.id}/attention.png?x=${x}&y=${y}&label=${encodeURIComponent(l.label)}`;
    const picture = element('img', undefined, {src: url, alt: `attention of ${l.label}`});
    picture.addEventListener('error', async () => {
      const body = await (await fetch(url)).json();
      picture.replaceWith(element('p', body.detail, {className: 'facts'}));
    });
    return [element('p', l.label, {className: 'facts'}), picture];
  }));
}

// A click asks what the mask would be without that support.
function influence(a, l, s) {
  const button = element('button', 'without it?', {type: 'button', className: 'ask',
    title: 'segment again without this support and compare'});
  button.addEventListener('click', async () => {
    const place = element('div', '…');
    button.replaceWith(place);
    try {
      const response = await fetch(`/v1/segmentations/${a.id}/influence?label=${encodeURIComponent(l.label)}` +
        `&annotation=${s.annotationId}`);
      const body = await response.json();
      const label = response.ok ? body.labels[0] : null;
      const without = label && label.supports[0];
      place.textContent = without
        ? `Without it: Dice ${without.dice.toFixed(3)} with this mask, ` +
          `${without.areaChange > 0 ? '+' : ''}${without.areaChange} pixels.`
        : label ? label.note : `${body.detail} `;
      if (!label) place.append(button);
    } catch (e) {
      place.replaceChildren('The service does not answer. ', button);
    }
  });
  return button;
}

function show(a) {
  const stages = Object.entries(a.timingsMs).map(([s, ms]) => `${s} ${ms.toFixed(1)} ms`).join(', ');
  const overlay = element('img', undefined, {src: a.overlay, className: 'overlay', alt: 'query with masks',
    title: 'click: where did this pixel look?'});
  const attention = element('div', undefined, {id: 'attention'});
  overlay.addEventListener('click', event => askAttention(event, a, attention));
  answer.replaceChildren(
    overlay,
    element('p', `Answer ${a.id}. Task ${a.task}, pool ${a.pool} version ${a.poolVersion}, ` +
      `${a.model.network} ${a.model.weightsSha256.slice(0, 12)}. ${stages}.`, {className: 'facts'}),
    attention);
  for (const l of a.labels) {
    const heading = element('h3', l.label);
    const facts = element('p', `${l.area} pixels. ${l.supports.length} supports of ${l.eligible} eligible, ` +
      `effective number ${l.effectiveSupports.toFixed(1)}. ${l.shortfall ?? ''}`, {className: 'facts'});
    const below = l.belowResolution ? [element('p', `Below the network's resolution: ${l.belowResolution}.`, {className: 'warning'})] : [];
    const links = element('p', undefined, {className: 'facts'});
    links.append(element('a', 'mask', {href: l.mask}), ' · ',
      element('a', 'probabilities (16 bit)', {href: l.probabilities}));
    const grid = element('div', undefined, {className: 'supports'});
    for (const s of l.supports) {
      const figure = element('figure');
      figure.append(
        element('img', undefined, {src: `/v1/annotations/${s.annotationId}/overlay.png`, alt: s.name, loading: 'lazy'}),
        element('figcaption', `${s.name}: weight ${s.weight.toFixed(3)}, similarity ${s.similarity.toFixed(3)}`),
        influence(a, l, s));
      grid.append(figure);
    }
    answer.append(heading, trust(l.confidence), ...below, facts, links, grid);
  }
  answer.append(element('p', a.notice, {className: 'facts'}));
}

form.task.addEventListener('change', pools);
form.addEventListener('submit', async event => {
  event.preventDefault();
  problem.textContent = '';
  const button = form.querySelector('button');
  button.disabled = true;
  button.textContent = 'Segmenting…';
  try {
    const data = new FormData(form);
    for (const [name, value] of [...data.entries()]) if (value === '') data.delete(name);
    const response = await fetch('/v1/segmentations',
      {method: 'POST', body: data, headers: {'X-Precedent-Page': '1'}});
    const body = await response.json();
    if (response.ok) show(body); else problem.textContent = `${body.title}: ${body.detail}`;
  } catch (e) {
    problem.textContent = 'The service does not answer.';
  } finally {
    button.disabled = false;
    button.textContent = 'Segment';
  }
});
load().catch(() => { problem.textContent = 'The service does not answer.'; });
