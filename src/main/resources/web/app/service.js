// Everything that the page asks the service for goes through here.

/** What the service refused, in its own words (RFC 9457), or that it did not answer. */
export class Problem extends Error {
  constructor(status, title, detail) {
    super(detail ? `${title}: ${detail}` : title);
    this.status = status;
  }
}

async function send(path, {method = 'GET', json, form} = {}) {
  const headers = {};
  if (method !== 'GET') headers['X-Precedent-Page'] = '1';
  if (json !== undefined) headers['Content-Type'] = 'application/json';
  let response;
  try {
    response = await fetch(path, {method, headers, body: json === undefined ? form : JSON.stringify(json)});
  } catch {
    throw new Problem(0, 'The service does not answer', 'look whether it still runs, and try again');
  }
  if (response.status === 401) window.dispatchEvent(new Event('signed-out'));
  if (!response.ok) {
    const problem = await response.json().catch(() => ({}));
    throw new Problem(response.status, problem.title ?? `Status ${response.status}`, problem.detail ?? '');
  }
  return response;
}

export const get = async path => (await send(path)).json();
export const post = async (path, json) => (await send(path, {method: 'POST', json})).json();
export const put = async (path, json) => (await send(path, {method: 'PUT', json})).json();
export const remove = async path => (await send(path, {method: 'DELETE'})).json();
export const postForm = async (path, form) => (await send(path, {method: 'POST', form})).json();

/** Whoever is signed in: name, site, roles and what one may do. */
export let me = null;
export async function identify() { me = await get('/v1/me'); }

/** Whether the service would let one do something; it decides again when it is asked. */
export const may = action => Boolean(me?.actions.includes(action));

/** An address with those parameters that have a value. */
export function address(path, parameters) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined && value !== null && value !== '' && value !== false) query.set(name, value);
  return query.size ? `${path}?${query}` : path;
}

export const poolPath = (task, pool) =>
  `/v1/curation/tasks/${encodeURIComponent(task)}/pools/${encodeURIComponent(pool)}`;

/** Brings annotations into a state; refused where one is not in the expected state any more. */
export const review = (ids, to, reason, expected) =>
  post('/v1/curation/reviews', {ids, to, reason, ...(expected ? {expected} : {})});

export const undo = action => post(`/v1/curation/actions/${action}/undo`, {reason: 'taken back on the page'});

export const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

/**
 * Asks for what is computed in the background, again and again until it is there.
 * Every look is given to show, which says whether to go on.
 */
export async function follow(path, {refresh, ...parameters}, show) {
  for (let first = true; ; first = false) {
    const found = await get(address(path, {...parameters, wait: 2, refresh: first && refresh ? 'true' : undefined}));
    if (!show(found) || !found.running) return;
    await pause(found.computedAt ? 2000 : 100);
  }
}

/** What is at an address, or the refusal. */
export const bytes = async path => (await send(path)).blob();

/** A picture, or the refusal. */
export async function picture(path) {
  return createImageBitmap(await bytes(path), {colorSpaceConversion: 'none', premultiplyAlpha: 'none'});
}

// Thumbnails are asked for together and kept as long as the page is open.
const thumbnails = new Map();
let wanted = new Map();

/** The address of a small picture of an annotation. */
export function thumbnail(id) {
  if (!thumbnails.has(id)) {
    const answer = new Promise((resolve, reject) => wanted.set(id, {resolve, reject}));
    answer.catch(() => thumbnails.delete(id));
    thumbnails.set(id, answer);
    if (wanted.size === 1) setTimeout(fetchThumbnails, 30);
  }
  return thumbnails.get(id);
}

async function fetchThumbnails() {
  const asked = [...wanted];
  wanted = new Map();
  for (let i = 0; i < asked.length; i += 100) {
    const some = asked.slice(i, i + 100);
    try {
      const answer = await get(`/v1/curation/thumbnails?ids=${some.map(([id]) => id).join(',')}`);
      const found = new Map(answer.thumbnails.map(t => [t.id, t.picture]));
      for (const [id, {resolve}] of some) resolve(found.get(id));
    } catch (problem) {
      for (const [, {reject}] of some) reject(problem);
    }
  }
}
