/* Element Plus's own words, in the language spoken. */
import type { Language } from './index';

export type ElementLocale = (typeof import('element-plus/es/locale/lang/en'))['default'];

export async function loadElementLocale(language: Language): Promise<ElementLocale> {
  const words = language === 'zh-CN'
    ? await import('element-plus/es/locale/lang/zh-cn')
    : await import('element-plus/es/locale/lang/en');
  return words.default as ElementLocale;
}
