/* Routes of sign-in's safety: sessions, second step, forgotten passwords, the
 * audit trail's seals. */
import { get, post, request } from './client';

export interface SessionKnown {
  id: number;
  current: boolean;
  created_at: string;
  seen_at: string;
  expires_at: string;
  address: string;
  agent: string;
}

export interface SecondStep {
  state: 'off' | 'pending' | 'on';
  required: boolean;
  confirmed_at: string | null;
  recovery_codes_left: number;
}

export interface AuditState {
  seals: number;
  sealed: number;
  unsealed: number;
  sealed_at: string | null;
  hash: string | null;
  keyed: boolean;
}

type Codes = { recovery_codes: string[] };

export const readSessions = () => get<{ data: SessionKnown[] }>('/sessions');
export const endSession = (id: number) => request('DELETE', `/sessions/${id}`);
export const endOtherSessions = () => request('DELETE', '/sessions', { query: { current: 'keep' } });
export const readSecondStep = () => get<SecondStep>('/two_factor');
export const beginSecondStep = (password: string) => post<{ secret: string; uri: string }>('/two_factor', { password });
export const confirmSecondStep = (code: string) => post<Codes>('/two_factor/confirm', { code });
export const renewRecoveryCodes = (password: string, code: string) =>
  post<Codes>('/two_factor/recovery_codes', { password, code });
export const endSecondStep = (password: string, code: string) => post<void>('/two_factor/off', { password, code });
export const resetSecondStep = (user: number) => request('DELETE', `/users/${user}/two_factor`);
export const askReset = (email: string) => post<void>('/password_resets', { email });
export const useReset = (token: string, password: string) => post<void>('/password_resets/use', { token, password });
export const readAuditState = () => get<AuditState>('/audit/state');
