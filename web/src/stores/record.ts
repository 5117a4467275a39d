/* One record on the screen, with the version tag a save must name. */
import { ref, shallowRef } from 'vue';
import { ElMessageBox } from 'element-plus/es/components/message-box/index.mjs';
import { isAbort } from '@/api/problem';
import { deleteRecord, readRecord, restoreRecord } from '@/api/records';
import type { Entity, Row } from '@/api/types';
import { i18n } from '@/i18n';
import { useTurns } from '@/lib/loading';
import { onChange, onReset, onSchema, type Change } from './live';
import { complain, say } from './notify';

/** editing: what is typed must not be replaced; then `stale` says that somebody
 * else has changed the record, and saving will name what. */
export function useRecord(entity: () => Entity, editing: () => boolean = () => false) {
  const row = shallowRef<Row | null>(null);
  const etag = ref('');
  const loading = ref(false);
  const failure = shallowRef<unknown>(null);
  const stale = ref(false);
  const turn = useTurns();
  /** Which one is being read. */
  let asked = 0;
  /** What was heard while one was read: the answer may not have it. */
  let missed: (Change | null)[] = [];

  async function load(id: number): Promise<void> {
    const isLast = turn();
    if (asked !== id) missed = [];
    asked = id;
    loading.value = true;
    failure.value = null;
    stale.value = false;
    try {
      const answer = await readRecord(entity().plural, id);
      if (!isLast()) return;
      row.value = answer.data;
      etag.value = answer.etag;
    } catch (e) {
      if (!isLast()) return;
      if (!isAbort(e)) failure.value = e;
    }
    loading.value = false;
    missed.splice(0).forEach(hear);
  }

  function take(next: Row, tag: string): void {
    row.value = next;
    etag.value = tag;
    stale.value = false;
  }

  /** null: anything may have changed. */
  function hear(news: Change | null): void {
    if (loading.value) {
      missed.push(news);
      return;
    }
    if (!row.value) return;
    const other = news?.id !== undefined && news.id !== row.value.id;
    const known = news?.rev !== undefined && news.op === 'update' && news.rev <= Number(row.value.rev);
    if (other || known) return;
    if (editing()) stale.value = true;
    else void load(row.value.id);
  }
  onChange((news) => news.object === entity().plural && hear(news));
  onReset(() => hear(null));
  onSchema(() => void (row.value && !editing() && load(row.value.id)));

  /** Asks, deletes; true when the record is gone. */
  async function remove(title: string): Promise<boolean> {
    const t = i18n.global.t;
    const kept = row.value;
    if (!kept) return false;
    const sure = await ElMessageBox.confirm(t('record.delete_note'), t('record.delete_ask', { title }), {
      confirmButtonText: t('common.delete'),
      cancelButtonText: t('common.cancel'),
      confirmButtonClass: 'el-button--danger',
    }).catch(() => 'no');
    if (sure !== 'confirm') return false;
    try {
      await deleteRecord(entity().plural, kept.id);
      say(t('record.deleted'));
      return true;
    } catch (e) {
      complain(e);
      return false;
    }
  }

  async function restore(): Promise<void> {
    const kept = row.value;
    if (!kept) return;
    try {
      await restoreRecord(entity().plural, kept.id);
      await load(kept.id);
    } catch (e) {
      complain(e);
    }
  }

  return { row, etag, loading, failure, stale, load, take, remove, restore };
}
