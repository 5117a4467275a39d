/* The session has ended while somebody is at work on a page: his requests wait,
 * the page stays as it is, and all goes on once he has signed in again, in the
 * dialog over the page or in another tab. */
import { ref, watch } from 'vue';
import { Problem } from '@/api/problem';
import * as routes from '@/api/routes';
import type { Session } from '@/api/types';
import { renewSession, session } from './session';
import { viewAs } from './viewAs';

/** ended: nobody is signed in; other: somebody else is, in this browser. */
export const over = ref<'' | 'ended' | 'other'>('');
/** Name of the somebody else. */
export const stranger = ref('');

let waiting: Promise<boolean> | null = null;
/** Ends the waiting. */
let settle: (back: boolean) => void = () => undefined;
/** The end of the session is part of what the page does. */
let expected = false;

export function expectEnd(yes: boolean): void {
  expected = yes;
}

/** True when this is the page's own user. */
function take(found: Session): boolean {
  const mine = session.value;
  if (!mine) return false;
  if (found.user.id !== mine.user.id) {
    stranger.value = found.user.name;
    over.value = 'other';
    return false;
  }
  renewSession(found);
  settle(true);
  return true;
}

/** Whether the browser's session is that of the page's user (again). */
export async function lookBack(): Promise<boolean> {
  try {
    return take(await routes.readSession());
  } catch {
    return false; // still nobody, or the server can't be reached
  }
}

/** Resolves once the user is back (true) or the page is given up (false). */
export function untilBack(): Promise<boolean> {
  if (expected) return Promise.resolve(false);
  waiting ??= new Promise<boolean>((done) => {
    settle = (back) => {
      settle = () => undefined;
      waiting = null;
      over.value = '';
      done(back);
    };
    /* The answer may be older than a sign-in of just now. */
    void lookBack().then((back) => {
      if (!back && waiting && !over.value) over.value = 'ended';
    });
  });
  return waiting;
}

/** Before the browser itself fetches something, whose refusal no page sees:
 * false when the page is given up. */
export async function ensureSession(): Promise<boolean> {
  try {
    if (take(await routes.readSession())) return true;
  } catch (e) {
    if (!(e instanceof Problem) || e.status !== 401) return true; // it will be told by what follows
  }
  return untilBack();
}

/** Signs in over the page; false: as somebody else than the page's user. */
export async function signInAgain(login: string, password: string, code: string): Promise<boolean> {
  const found = await routes.signIn(login, password, code);
  return viewAs.value ? lookBack() : take(found);
}

/* Signed out on purpose, or on the way to another page. */
watch(session, (now) => now ?? settle(false), { flush: 'sync' });
