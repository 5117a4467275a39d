/* Who is signed in. */
import { computed, shallowRef } from 'vue';
import { setCsrf } from '@/api/client';
import { Problem } from '@/api/problem';
import * as routes from '@/api/routes';
import type { Session } from '@/api/types';
import { languageOf } from '@/i18n';
import { forgetLive } from './live';
import { forgetPolicies } from './policies';
import { rememberTitle } from './refs';
import { forgetSchema } from './schema';
import { prefs, setLanguage } from './prefs';
import { dropViewAs, viewAs } from './viewAs';

export const session = shallowRef<Session | null>(null);
/** What the user signed in with; '' when that is not known (a page opened in
 * somebody else's view). */
export const ownLogin = shallowRef('');
export const currency = computed(() => session.value?.company.currency ?? 'CNY');
export const zone = computed(() => session.value?.company.zone ?? 'Asia/Shanghai');

async function take(found: Session): Promise<void> {
  setCsrf(found.csrf);
  session.value = found;
  if (!viewAs.value) ownLogin.value = found.user.login;
  rememberTitle('user', found.user.id, found.user.name);
  const language = languageOf(found.user.language);
  if (language && !prefs.chosen) await setLanguage(language, false);
}

export function forgetSession(): void {
  session.value = null;
  forgetLive();
  setCsrf('');
  forgetSchema();
  forgetPolicies();
}

/** The session of the cookie, or null when nobody is signed in. */
export async function resume(): Promise<Session | null> {
  if (session.value) return session.value;
  try {
    await take(await routes.readSession());
  } catch (e) {
    /* The role or user looked at is gone, or one may not look any more. */
    if (viewAs.value && e instanceof Problem && e.status !== 0) {
      dropViewAs();
      return resume();
    }
    if (!(e instanceof Problem) || e.status !== 401) throw e;
  }
  return session.value;
}

export async function signIn(login: string, password: string, code?: string): Promise<void> {
  await take(await routes.signIn(login, password, code));
}

export async function signOut(): Promise<void> {
  dropViewAs();
  await routes.signOut().catch((e: unknown) => {
    if (!(e instanceof Problem) || e.status !== 401) throw e; // over already: as wanted
  });
  forgetSession();
}

/** The page's user has a new session: everything shown stays. */
export function renewSession(found: Session): void {
  setCsrf(found.csrf);
  session.value = found;
}

/** The same user with the rights he has now. */
export async function reloadSession(): Promise<void> {
  const found = await routes.readSession();
  if (found.user.id === session.value?.user.id) renewSession(found);
}

/** Leaves the page as it is, with nothing of it kept: no form asks any more. */
export function leaveFor(path: string): void {
  session.value = null;
  window.location.assign(path);
}
