import { ensureSession } from '@/stores/signedOut';

/** Lets the browser save what an address answers, once the user is signed in. */
export async function download(address: string): Promise<void> {
  if (!(await ensureSession())) return;
  const link = document.createElement('a');
  link.href = address;
  link.download = '';
  document.body.append(link);
  link.click();
  link.remove();
}
