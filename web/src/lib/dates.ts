/* Days and instants. Days are company days (YYYY-MM-DD) and are never put
 * through a time zone; instants are shown in the company's zone. */

import type { Field } from '@/api/types';

/** A new record has today there, and a day to come is asked about. */
export function isPast(field: Field): boolean {
  return field.past === true;
}

const DAY_MS = 86_400_000;

function dayNumber(day: string): number {
  return Date.parse(day + 'T00:00:00Z') / DAY_MS;
}

/** The company's day of an instant. */
export function dayOf(instant: Date, zone: string): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone: zone }).format(instant);
}

export function today(zone: string): string {
  return dayOf(new Date(), zone);
}

/** `2026-03-21`, or within a week of today 今天, 昨天, 3天前, 后天 … */
export function relativeDay(day: string, zone: string, language: string): string {
  const distance = dayNumber(day) - dayNumber(today(zone));
  if (Number.isNaN(distance) || Math.abs(distance) > 7) return day;
  return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(distance, 'day');
}

/** `2026-03-21 16:05` in the company's zone. */
export function exactInstant(text: string, zone: string): string {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return text;
  return new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).format(date);
}

/** Within a week: relative day and the time; else the day. */
export function relativeInstant(text: string, zone: string, language: string): string {
  const exact = exactInstant(text, zone);
  const day = exact.slice(0, 10);
  const relative = relativeDay(day, zone, language);
  return relative === day ? day : relative + exact.slice(10);
}

/** `2 分 5 秒`-like text is left to the pages; this only splits. */
export function splitSeconds(total: number): { minutes: number; seconds: number } {
  const whole = Math.max(0, Math.round(total));
  return { minutes: Math.floor(whole / 60), seconds: whole % 60 };
}
