/* One door to the server: JSON in and out, CSRF header on writes, problems
 * thrown as Problem, cancellation by AbortSignal. */
import { Problem } from './problem';

export type Query = Record<string, string | number | boolean | undefined | null>;

export interface RequestOptions {
  query?: Query;
  body?: unknown;
  /** Sent as it is instead of `body`. */
  raw?: Blob;
  signal?: AbortSignal;
  /** Value of If-Match. */
  etag?: string;
}

export interface Answer<T> {
  data: T;
  etag: string;
  status: number;
}

const BASE = '/api/v1';

const context = {
  csrf: '',
  viewAs: '',
  language: 'zh-CN',
  untilBack: (): Promise<boolean> => Promise.resolve(false),
};

export function setCsrf(token: string): void {
  context.csrf = token;
}

export function setApiLanguage(language: string): void {
  context.language = language;
}

/** Whose view requests ask for: role:KEY, user:ID or '' for one's own. */
export function setViewAs(who: string): void {
  context.viewAs = who;
}

/** Asked when the server no longer takes a request as this user's: true once the
 * request may be sent again, false when its failure is to be told. */
export function onSignedOut(untilBack: () => Promise<boolean>): void {
  context.untilBack = untilBack;
}

/** Turns a path below /api/v1 and a query into an address. */
export function address(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) params.set(key, String(value));
  }
  const text = params.toString();
  const base = path.startsWith(BASE) ? path : BASE + path;
  return text ? base + (base.includes('?') ? '&' : '?') + text : base;
}

function headersOf(method: string, options: RequestOptions): Headers {
  const headers = new Headers({
    Accept: 'application/json',
    'Accept-Language': context.language,
  });
  if (options.raw) headers.set('Content-Type', 'application/octet-stream');
  else if (options.body !== undefined) headers.set('Content-Type', 'application/json');
  if (options.etag) headers.set('If-Match', options.etag);
  if (context.viewAs) headers.set('X-View-As', context.viewAs);
  if (method !== 'GET' && context.csrf) headers.set('X-CSRF-Token', context.csrf);
  return headers;
}

async function readProblem(reply: Response): Promise<Problem> {
  const type = reply.headers.get('Content-Type') ?? '';
  if (type.includes('json')) {
    try {
      return new Problem(reply.status, await reply.json());
    } catch {
      return new Problem(reply.status, { title: reply.statusText });
    }
  }
  return new Problem(reply.status, { title: reply.statusText });
}

/** Requests a page sends again on its own, however often the session ends. */
const RENEWALS = 5;
/** About the session itself: told as they are. */
const OF_SESSION = '/session';

/** The session is over, or another one has come in its place (another tab). */
function isSignedOut(e: unknown): boolean {
  if (!(e instanceof Problem)) return false;
  return e.status === 401 || (e.status === 403 && e.errors.some((one) => one.code === 'csrf_failed'));
}

function aborted(signal: AbortSignal): Promise<never> {
  const stopped = () => new DOMException('stopped', 'AbortError');
  return new Promise((_, failed) => {
    if (signal.aborted) failed(stopped());
    else signal.addEventListener('abort', () => failed(stopped()), { once: true });
  });
}

/** Sends, and sends once more when the user has signed in again meanwhile: what
 * was refused for want of a session has changed nothing. */
async function renewing<T>(path: string, signal: AbortSignal | undefined, sendIt: () => Promise<T>): Promise<T> {
  for (let renewals = 0; ; renewals++) {
    try {
      return await sendIt();
    } catch (e) {
      if (path === OF_SESSION || renewals === RENEWALS || !isSignedOut(e)) throw e;
      const back = context.untilBack();
      if (!(await (signal ? Promise.race([back, aborted(signal)]) : back))) throw e;
    }
  }
}

/** A server that is busy for a moment is asked again, by what only reads. */
const TRIES = 5;

function send(method: string, path: string, options: RequestOptions): Promise<Response> {
  return renewing(path, options.signal, () => sendPatiently(method, path, options));
}

async function sendPatiently(method: string, path: string, options: RequestOptions): Promise<Response> {
  for (let tries = 1; ; tries++) {
    try {
      return await sendOnce(method, path, options);
    } catch (e) {
      if (method !== 'GET' || tries === TRIES || !(e instanceof Problem)) throw e;
      /* A read has so much time, which a machine that stood still has used up. */
      if (tries === 1 && e.code === 'query_too_broad') continue;
      if (e.code !== 'busy') throw e;
      await new Promise((done) => setTimeout(done, 1000 * tries));
    }
  }
}

/** The server's reply when it is a good one; else throws its problem. */
async function sendOnce(method: string, path: string, options: RequestOptions): Promise<Response> {
  let reply: Response;
  try {
    reply = await fetch(address(path, options.query), {
      method,
      headers: headersOf(method, options),
      body: options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body)),
      signal: options.signal,
      credentials: 'same-origin',
    });
  } catch (e) {
    if (e instanceof DOMException) throw e;
    throw new Problem(0, { title: 'network' });
  }
  if (!reply.ok) throw await readProblem(reply);
  return reply;
}

export async function request<T>(
  method: string,
  path: string,
  options: RequestOptions = {},
): Promise<Answer<T>> {
  const reply = await send(method, path, options);
  const text = reply.status === 204 ? '' : await reply.text();
  return {
    data: (text ? JSON.parse(text) : undefined) as T,
    etag: reply.headers.get('ETag') ?? '',
    status: reply.status,
  };
}

export async function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return (await request<T>('GET', path, { query, signal })).data;
}

/** An answer that is a file (lines, CSV), as text. */
export async function getText(path: string, query?: Query, signal?: AbortSignal): Promise<string> {
  return (await send('GET', path, { query, signal })).text();
}

export async function post<T>(path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  return (await request<T>('POST', path, { body: body ?? {}, signal })).data;
}

/** Sends a file's bytes and tells how far they are (0…1). */
export function upload<T>(
  path: string,
  query: Query,
  file: Blob,
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<T> {
  return renewing(path, signal, () => uploadOnce<T>(path, query, file, progress, signal));
}

function uploadOnce<T>(
  path: string,
  query: Query,
  file: Blob,
  progress: (share: number) => void,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((done, failed) => {
    const sent = new XMLHttpRequest();
    sent.open('POST', address(path, query));
    const headers = headersOf('POST', { raw: file });
    if (file.type) headers.set('Content-Type', file.type);
    headers.forEach((value, name) => sent.setRequestHeader(name, value));
    sent.upload.onprogress = (e) => e.lengthComputable && progress(e.loaded / e.total);
    sent.onerror = () => failed(new Problem(0, { title: 'network' }));
    sent.onabort = () => failed(new DOMException('stopped', 'AbortError'));
    sent.onload = () => {
      let body: unknown;
      try {
        body = JSON.parse(sent.responseText || 'null');
      } catch {
        body = { title: sent.statusText };
      }
      if (sent.status >= 200 && sent.status < 300) return done(body as T);
      failed(new Problem(sent.status, (body ?? {}) as ConstructorParameters<typeof Problem>[1]));
    };
    signal.addEventListener('abort', () => sent.abort(), { once: true });
    sent.send(file);
  });
}
