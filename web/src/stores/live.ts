/* What happens on the server while a page is open: one event stream for the
 * whole window, open as long as somebody listens and the window is looked at.
 * Of a server without HTTP/2 a browser takes six connections for all its
 * windows: those behind others hold none, and hear what they missed when they
 * come to the front. Pages that ask again by themselves do so seldom while
 * `connected`, and as before when it is not. */
import { onScopeDispose, ref } from 'vue';
import { address } from '@/api/client';
import type { Job } from '@/api/types';

export interface Change {
  entity: string;
  object: string;
  /** absent: many records of this kind */
  id?: number;
  op: 'create' | 'update' | 'delete' | 'restore' | 'gone' | 'many';
  rev?: number;
}

type Listener<T> = (what: T) => void;

export const connected = ref(false);
const changes = new Set<Listener<Change>>();
const jobs = new Set<Listener<Job>>();
const resets = new Set<Listener<void>>();
const schemas = new Set<Listener<void>>();
/** A stream that was refused (signed out, too many) is tried again so late. */
const AGAIN_MS = 15000;
/** A window that goes behind another for a moment keeps its stream. */
const HIDDEN_MS = 5000;
let source: EventSource | null = null;
let again = 0;
let lastId = '';
let hiding = 0;
/** What the server last said that we may see; '' before it has. */
let view = '';

function tell<T>(listeners: Set<Listener<T>>, what: T): void {
  for (const listener of [...listeners]) listener(what);
}

function wanted(): boolean {
  return changes.size + jobs.size + resets.size + schemas.size > 0;
}

function close(): void {
  window.clearTimeout(again);
  source?.close();
  source = null;
  connected.value = false;
}

function open(): void {
  if (source || !wanted() || document.hidden || typeof EventSource === 'undefined') return;
  const mine = new EventSource(address('/events', { last_event_id: lastId || undefined }));
  source = mine;
  const on = (name: string, work: (e: MessageEvent<string>) => void) =>
    mine.addEventListener(name, (e) => {
      const event = e as MessageEvent<string>;
      if (event.lastEventId) lastId = event.lastEventId;
      work(event);
    });
  const see = (e: MessageEvent<string>) => {
    const now = (JSON.parse(e.data) as { view: string }).view;
    const other = view !== '' && view !== now;
    view = now;
    if (other) tell(schemas, undefined);
  };
  on('change', (e) => tell(changes, JSON.parse(e.data) as Change));
  on('job', (e) => tell(jobs, JSON.parse(e.data) as Job));
  on('hello', (e) => {
    connected.value = true;
    see(e);
  });
  on('reset', (e) => {
    connected.value = true;
    see(e);
    tell(resets, undefined);
  });
  on('schema', see);
  mine.onerror = () => {
    connected.value = false;
    if (mine.readyState !== EventSource.CLOSED || source !== mine) return;
    close();
    again = window.setTimeout(open, AGAIN_MS);
  };
}

document.addEventListener('visibilitychange', () => {
  window.clearTimeout(hiding);
  if (!document.hidden) open();
  else if (source) hiding = window.setTimeout(close, HIDDEN_MS);
});

function listen<T>(listeners: Set<Listener<T>>, listener: Listener<T>): void {
  listeners.add(listener);
  open();
  onScopeDispose(() => {
    listeners.delete(listener);
    /* The next page's listeners come at once: no stream for each page. */
    window.setTimeout(() => wanted() || close(), 1000);
  });
}

/** Until the calling component goes away. */
export function onChange(listener: Listener<Change>): void {
  listen(changes, listener);
}
export function onJob(listener: Listener<Job>): void {
  listen(jobs, listener);
}
/** Something was missed: what is shown is to be fetched again. */
export function onReset(listener: () => void): void {
  listen(resets, listener);
}

/** Fields were added, changed or retired, or this user's rights are others. */
export function onSchema(listener: () => void): void {
  listen(schemas, listener);
}

/** What the server said when the page was loaded: what happens between that and
 * the stream's first event is heard, too. */
export function beginLive(seen: string, eventId: string): void {
  view ||= seen;
  lastId ||= eventId;
}

/** Somebody else signs in, or nobody. */
export function forgetLive(): void {
  close();
  lastId = '';
  view = '';
}
