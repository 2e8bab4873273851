import { showConfirmDialog } from 'vant'
import 'vant/es/button/index.css'
import 'vant/es/dialog/index.css'
import 'vant/es/overlay/index.css'
import 'vant/es/popup/index.css'
import { t } from '../i18n.ts'

/** Ask once more before something that cannot be undone. */
export async function isSure(message: string, yes: string): Promise<boolean> {
  const asked = showConfirmDialog({ message, confirmButtonText: yes, cancelButtonText: t('app.cancel') })
  return (await asked.catch(() => 'cancel')) === 'confirm'
}
