/* The name a new view is to have. */
import { ElMessageBox } from 'element-plus';
import { i18n } from '@/i18n';

/** Asks for it, with a proposal; '' when it was thought better of. */
export async function askName(proposed: string): Promise<string> {
  const { t } = i18n.global;
  const answer = await ElMessageBox.prompt(t('view.name'), t('view.save'), {
    inputValue: proposed,
    confirmButtonText: t('common.save'),
    cancelButtonText: t('common.cancel'),
    inputValidator: (v: string) => !!v?.trim() || t('view.name'),
  }).catch(() => null);
  return answer?.value?.trim() ?? '';
}
