/* Changes the language here and in the user's own record, so that messages of
 * the server follow. */
import { updateRecord } from '@/api/records';
import type { Language } from '@/i18n';
import { complain } from './notify';
import { setLanguage } from './prefs';
import { may } from './schema';
import { session } from './session';

export async function changeLanguage(language: Language): Promise<void> {
  await setLanguage(language);
  const user = session.value?.user;
  if (!user || !may('users', 'update')) return;
  try {
    await updateRecord('users', user.id, {
      language: language === 'en' ? 'en' : 'zh',
    });
  } catch (e) {
    complain(e);
  }
}
