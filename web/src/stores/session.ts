/* Who is signed in. */
import { computed, shallowRef } from 'vue';
import { setCsrf } from '@/api/client';
import { Problem } from '@/api/problem';
import * as routes from '@/api/routes';
import type { Session } from '@/api/types';
import { languageOf } from '@/i18n';
import { forgetLive } from './live';
import { rememberTitle } from './refs';
import { forgetSchema } from './schema';
import { prefs, setLanguage } from './prefs';
import { dropViewAs, viewAs } from './viewAs';

export const session = shallowRef<Session | null>(null);
export const currency = computed(() => session.value?.company.currency ?? 'CNY');
export const zone = computed(() => session.value?.company.zone ?? 'Asia/Shanghai');

async function take(found: Session): Promise<void> {
  setCsrf(found.csrf);
  session.value = found;
  rememberTitle('user', found.user.id, found.user.name);
  const language = languageOf(found.user.language);
  if (language && !prefs.chosen) await setLanguage(language, false);
}

export function forgetSession(): void {
  session.value = null;
  forgetLive();
  setCsrf('');
  forgetSchema();
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
  await routes.signOut();
  forgetSession();
}
