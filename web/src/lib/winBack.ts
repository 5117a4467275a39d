/* What may be spent on winning a lost customer back, and why. */
import type { LossWhy } from '@/api/churn';
import { amountShown, formatShare } from './format';

type WinBack = LossWhy['win_back'];

export const winBackLimit = (w: WinBack) => amountShown(w.limit).exact;

export const limitWords = (t: (key: string, named?: Record<string, string>) => string, w: WinBack) =>
  t('loss.limit_why.' + w.by, { expected: amountShown(w.expected).exact, share: formatShare(w.share, 0), limit: winBackLimit(w) });
