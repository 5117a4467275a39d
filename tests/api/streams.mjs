/* An event stream as a test reads it:
 *   const s = await listen(client, '?objects=customers');
 *   const event = await s.next((e) => e.event === 'change' && e.data.id === 3);
 * Everything that came stays in s.seen. s.close() ends it. */
import assert from 'node:assert/strict';

const WAIT_MS = 60000;

function parse(block) {
  const event = { event: 'message', data: '', id: null };
  for (const line of block.split('\n')) {
    const at = line.indexOf(':');
    if (at <= 0) continue;
    const [name, value] = [line.slice(0, at), line.slice(at + 1).trimStart()];
    if (name === 'data') event.data += value;
    if (name === 'event' || name === 'id' || name === 'retry') event[name] = value;
  }
  if (event.data !== '') event.data = JSON.parse(event.data);
  return event;
}

export async function listen(client, query = '', headers = {}) {
  const all = { ...client.headers, ...headers };
  if (client.cookie) all.cookie = client.cookie;
  const ending = new AbortController();
  const response = await fetch(`${client.url}/api/v1/events${query}`, { headers: all, signal: ending.signal });
  if (response.status !== 200) return { status: response.status, body: await response.json() };
  assert.match(response.headers.get('content-type'), /^text\/event-stream/);
  const stream = { status: 200, headers: response.headers, seen: [], ended: false, lastId: null, waiting: [] };
  const look = () => {
    stream.waiting = stream.waiting.filter((w) => !w());
  };
  (async () => {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body) {
      text += decoder.decode(chunk, { stream: true });
      let end;
      while ((end = text.indexOf('\n\n')) >= 0) {
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        if (block.startsWith(':')) continue;
        const event = parse(block);
        if (event.id !== null) stream.lastId = event.id;
        stream.seen.push(event);
      }
      look();
    }
  })().catch(() => {}).finally(() => {
    stream.ended = true;
    look();
  });
  let read = 0;
  /* The next event that fits, behind the one last answered. */
  stream.next = (fits, limitMs = WAIT_MS) => new Promise((done, failed) => {
    const timer = setTimeout(() => {
      stream.waiting = [];
      failed(new Error(`not within ${limitMs} ms: ${JSON.stringify(stream.seen.slice(read))}`));
    }, limitMs);
    const tried = () => {
      for (; read < stream.seen.length; read++) {
        if (!fits(stream.seen[read])) continue;
        clearTimeout(timer);
        done(stream.seen[read++]);
        return true;
      }
      return false;
    };
    if (!tried()) stream.waiting.push(tried);
  });
  stream.end = (limitMs = WAIT_MS) => new Promise((done, failed) => {
    const timer = setTimeout(() => failed(new Error(`the stream goes on after ${limitMs} ms`)), limitMs);
    const tried = () => {
      if (!stream.ended) return false;
      clearTimeout(timer);
      done();
      return true;
    };
    if (!tried()) stream.waiting.push(tried);
  });
  stream.close = () => ending.abort();
  return stream;
}

export const change = (id, op) => (e) =>
  e.event === 'change' && e.data.id === id && (op === undefined || e.data.op === op);
export const hello = (e) => ['hello', 'reset'].includes(e.event);
