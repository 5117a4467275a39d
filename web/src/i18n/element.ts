/* Element Plus's own words, in the language spoken. Weeks start on Monday in
 * both languages. */
import dayjs from 'dayjs';
import type { Language } from './index';

export type ElementLocale = (typeof import('element-plus/es/locale/lang/en'))['default'];

export async function loadElementLocale(language: Language): Promise<ElementLocale> {
  if (language === 'zh-CN') {
    await import('dayjs/locale/zh-cn');
    return (await import('element-plus/es/locale/lang/zh-cn')).default as ElementLocale;
  }
  const en = dayjs.Ls.en;
  if (en) en.weekStart = 1;
  return (await import('element-plus/es/locale/lang/en')).default;
}
